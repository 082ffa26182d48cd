/**
 * Causes of failures. Failures that differ only in numbers, ids and quoted words have the same cause, and a fingerprint names it.
 * Stores record the fingerprint with each failure, so that the failures of a cause are found by index. Pure: the caller brings the
 * hash, since core has none.
 */

/** A fingerprint: 16 hexadecimal digits. */
export const CAUSE_PATTERN: RegExp = /^[0-9a-f]{16}$/;
const CAUSE_LENGTH = 16;
/** The rest of a longer message says little about its cause. As many as `FAILURE_MESSAGE_MAX`. */
const MESSAGE_LENGTH_MAX = 400;

/** SHA-256 of a text in UTF-8, in hexadecimal. */
export type Sha256Hex = (text: string) => string;

/** Fingerprint of the cause of a failed item, or of a failed run, whose stage is null. */
export function fingerprintOf(stage: string | null, category: string, message: string, sha256: Sha256Hex): string {
  const normal = message
    .slice(0, MESSAGE_LENGTH_MAX)
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '""')
    .replace(/\b[0-9a-f]{8,}\b/gi, "#")
    .replace(/\d+([.,]\d+)*/g, "#")
    .replace(/\s+/g, " ")
    .toLowerCase();
  return sha256(`${stage ?? ""}\0${category}\0${normal}`).slice(0, CAUSE_LENGTH);
}

/** Fingerprint of an item's failure as it is recorded. */
export function causeOfItem(
  {
    stage,
    category,
    errorJson,
  }: { readonly stage: string; readonly category: string | null; readonly errorJson: string | null },
  sha256: Sha256Hex,
): string {
  return fingerprintOf(stage, category ?? "other", messageOf(errorJson).message, sha256);
}

/** Fingerprint of the error with which a run failed, as it is recorded. */
export function causeOfRun(errorJson: string | null, sha256: Sha256Hex): string {
  const { category, code, message } = messageOf(errorJson);
  return fingerprintOf(null, category ?? code ?? "other", message, sha256);
}

/** A damaged or foreign record has no message, which must not fail the write of another one. */
function messageOf(errorJson: string | null): { message: string; category: string | null; code: string | null } {
  let error: unknown = null;
  try {
    error = JSON.parse(errorJson ?? "null");
  } catch {}
  const { message, category, code } = (typeof error === "object" && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  const textOf = (value: unknown) => (typeof value === "string" ? value : null);
  return { message: textOf(message) ?? "", category: textOf(category), code: textOf(code) };
}
