/**
 * Text that others wrote, in a prompt. A model reads it between two tags, and whoever wrote it would like to close them: what
 * follows would read as instructions of ours. The tags bear a word that the text cannot hold, and tags in it are no tags.
 */
import { createHash } from "node:crypto";

/** 48 bits: a text that holds its own digest takes some 2^48 tries to find, and its tags are no tags all the same. */
const BOUNDARY_CHARS = 12;

/**
 * `text` between `<name-…>` and `</name-…>`. The boundary is made from the text, so that the same prompt is the same text at
 * every attempt: a provider's cache and idempotency go by it.
 */
export function fence(name: string, text: string): string {
  const inner = neutralizeTags(text, [name]);
  const boundary = createHash("sha256").update(inner).digest("hex").slice(0, BOUNDARY_CHARS);
  return `<${name}-${boundary}>\n${inner}\n</${name}-${boundary}>`;
}

/** Opening and closing tags of these names, however they are written, with `&lt;` in place of their `<`. */
export function neutralizeTags(text: string, names: readonly string[]): string {
  if (names.length === 0 || !text.includes("<")) return text;
  const words = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return text.replace(new RegExp(`<(?=\\s*/?\\s*(?:${words})(?![a-z0-9]))`, "gi"), "&lt;");
}
