/**
 * Taking a key out of texts that Holdfast wrote itself: lines of the log, errors, labels, lists of keys. Pure.
 *
 * A text that is the key goes as a whole. Within a longer text the key is taken out where it stands between things that are
 * no letters and digits, and only when it is long enough to mean itself: "42" in "42 rows read" is no key.
 */

const ERASED = "[erased]";

/** Long enough that finding it in a text is no accident. */
function isTelling(key: string): boolean {
  return key.length >= 8 || (key.length >= 4 && /\D/.test(key));
}

/** Returns the key as it stands within JSON text: what a store searches for before it parses anything. */
export function needleOf(key: string): string {
  const quoted = JSON.stringify(key);
  return isTelling(key) ? quoted.slice(1, -1) : quoted;
}

/** Returns the text without the key; unchanged if the key is not in it, or too short to mean itself. */
export function scrubText(text: string, key: string): string {
  if (text === key) return ERASED;
  if (!isTelling(key) || !text.includes(key)) return text;
  const escaped = key.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "gu"), ERASED);
}

/** Does the same to each text of a JSON document, property names included. Text that is no JSON is scrubbed as a whole. */
export function scrubJson(json: string, key: string): string {
  try {
    return JSON.stringify(scrubValue(JSON.parse(json), key));
  } catch {
    return scrubText(json, key);
  }
}

function scrubValue(value: unknown, key: string): unknown {
  if (typeof value === "string") return scrubText(value, key);
  if (Array.isArray(value)) return value.map((one) => scrubValue(one, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [scrubText(name, key), scrubValue(one, key)]));
}

/** Returns whether scrubbing would change the JSON text. */
export function holdsKey(json: string, key: string): boolean {
  return scrubJson(json, key) !== scrubJson(json, "\u0000");
}
