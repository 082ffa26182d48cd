/**
 * Fencing of untrusted text in a prompt. The text is placed between two tags. An author who managed to close them could
 * add text that reads as our instructions. So the tags carry a boundary that the text cannot contain, and tags within
 * the text are neutralized.
 */
import { createHash } from "node:crypto";

/** 48 bits: finding a text that contains its own digest takes some 2^48 tries, and its tags would be neutralized anyway. */
const BOUNDARY_CHARS = 12;

/**
 * Returns `text` between `<name-…>` and `</name-…>`. The boundary is derived from the text, so that a prompt is
 * identical at every attempt: a provider's cache and idempotency depend on that.
 */
export function fence(name: string, text: string): string {
  const inner = neutralizeTags(text, [name]);
  const boundary = createHash("sha256").update(inner).digest("hex").slice(0, BOUNDARY_CHARS);
  return `<${name}-${boundary}>\n${inner}\n</${name}-${boundary}>`;
}

/** Replaces the `<` of opening and closing tags with these names, however they are written, by `&lt;`. */
export function neutralizeTags(text: string, names: readonly string[]): string {
  if (names.length === 0 || !text.includes("<")) return text;
  const words = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return text.replace(new RegExp(`<(?=\\s*/?\\s*(?:${words})(?![a-z0-9]))`, "gi"), "&lt;");
}
