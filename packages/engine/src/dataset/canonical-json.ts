// One spelling for one value: JSON with the keys of every object sorted by UTF-16 code units and no blanks. What rows are hashed by.
// Numbers and texts are spelled as JSON.stringify does. Dates become their ISO text; an undefined property is left out.

/** Something that JSON cannot hold, and where: `path` is made of property names and indices. */
export class NotJsonError extends Error {
  override readonly name = "NotJsonError";
  constructor(
    readonly path: readonly string[],
    readonly found: string,
  ) {
    super(`${path.join(".") || "the value"} is ${found}, which JSON cannot hold.`);
  }
}

/** Nesting beyond this is damage or an attack; rows of a table have a handful of levels. */
const DEPTH_MAX = 200;

/** @throws {NotJsonError} for NaN, Infinity, bigint, functions, symbols, cycles and nesting beyond 200 levels. */
export function toCanonicalJson(value: unknown): string {
  return spell(value, []);
}

function spell(value: unknown, path: readonly string[]): string {
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new NotJsonError(path, String(value));
    return JSON.stringify(value);
  }
  if (typeof value !== "object") throw new NotJsonError(path, `of type ${typeof value}`);
  if (path.length > DEPTH_MAX) throw new NotJsonError(path.slice(0, 5), `nested more than ${DEPTH_MAX} levels deep`);
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => spell(item ?? null, [...path, `${index}`])).join(",")}]`;
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return spell(value.toJSON(), path);
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${spell(member, [...path, key])}`);
  }
  return `{${members.join(",")}}`;
}
