/** A value cut to what one can read: long texts, lists, objects and deep places shortened, each with a word of how much. */

const CUT = { textLength: 200, items: 5, keys: 20, depth: 4 } as const;

export function cutSample(value: unknown, depth = 0): unknown {
  if (typeof value === "string") {
    const left = value.length - CUT.textLength;
    return left > 0 ? `${value.slice(0, CUT.textLength)}… (${left} more characters)` : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    if (depth >= CUT.depth) return `[${value.length}]`;
    const shown = value.slice(0, CUT.items).map((item) => cutSample(item, depth + 1));
    return value.length > CUT.items ? [...shown, `… (${value.length - CUT.items} more)`] : shown;
  }
  const entries = Object.entries(value);
  if (depth >= CUT.depth) return `{${entries.length}}`;
  const shown = entries.slice(0, CUT.keys).map(([key, part]) => [key, cutSample(part, depth + 1)] as const);
  const left = entries.length - CUT.keys;
  return Object.fromEntries(left > 0 ? [...shown, ["…", `${left} more`]] : shown);
}
