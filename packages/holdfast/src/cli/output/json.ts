/** JSON on standard output: one document, or one line each for streams. */

/** Characters that JSON allows raw and a terminal obeys: C1 controls and bidirectional marks. */
const OBEYED = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const escapeObeyed = (text: string) =>
  text.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A document, indented: `jq` does not mind and people do. */
export function jsonDocument(value: unknown): string {
  return escapeObeyed(JSON.stringify(value, null, 2) ?? "null");
}

/** One line of a stream. */
export function jsonLine(value: unknown): string {
  return escapeObeyed(JSON.stringify(value) ?? "null");
}
