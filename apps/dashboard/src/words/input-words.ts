/** A run in a few words of its input. Pure. */

/** What a run says about its input, on its row: the values of its first plain fields. */
export function inputWords(input: unknown): string {
  if (typeof input !== "object" || input === null) return input === undefined || input === null ? "" : String(input);
  return Object.values(input)
    .flatMap((value) => (typeof value === "string" || typeof value === "number" ? [shorten(String(value))] : []))
    .filter((text) => text !== "")
    .slice(0, 3)
    .join(" · ");
}

const WORD_MAX = 40;
/** Of a path the file, of a text its beginning. */
function shorten(text: string): string {
  const file = /^[./~]?[^\s]*\/([^/\s]+)$/.exec(text)?.[1];
  const plain = (file ?? text).replace(/\s+/g, " ");
  return plain.length > WORD_MAX ? `${plain.slice(0, WORD_MAX - 1)}…` : plain;
}
