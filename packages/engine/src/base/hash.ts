/** SHA-256, always as lower-case hexadecimal text. */
import { createHash } from "node:crypto";
import { canonicalJson, formerCanonicalJson } from "@holdfast/core";

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/**
 * The hash of declared `inputs` or `config`: equal values have equal hashes, whatever the order of their keys.
 * @throws {NotJsonError} NOT_JSON — for what an output may not hold either, with its path.
 */
export function hashJson(value: unknown, subject = "the value"): string {
  return sha256(canonicalJson(value, subject));
}

/**
 * The hash of `value` to compare with a recorded one. A hash recorded by version 1.0 stands for whatever that version
 * hashed alike: without it every such run would have drifted.
 * @throws {NotJsonError} NOT_JSON — unless it is what was recorded.
 */
export function hashLike(recorded: string | null | undefined, value: unknown, subject: string): string {
  return recorded != null && recorded === formerHash(value) ? recorded : hashJson(value, subject);
}

/** As version 1.0 hashed it; null for what it could not hash. */
export function formerHash(value: unknown): string | null {
  const text = formerCanonicalJson(value);
  return text === null ? null : sha256(text);
}
