/** SHA-256, always as lower-case hexadecimal text. */
import { createHash } from "node:crypto";
import { canonicalJson } from "@holdfast/core";

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The hash of declared `inputs` or `config`: equal values have equal hashes, whatever the order of their keys. */
export function hashJson(value: unknown): string {
  return sha256(canonicalJson(value));
}
