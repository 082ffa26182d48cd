/**
 * JSON as the one recorded form of values: the check of what it can hold, and the canonical text that is hashed.
 * Hashing itself is in the engine, since it needs Node.
 *
 * Outputs, checkpoints, inputs, configs and dataset rows all use these functions. A value is therefore refused
 * everywhere or nowhere, and two values have the same hash only if they are recorded alike.
 */
import { NotJsonError } from "./errors/stage.js";

/** Deeper nesting is an accident, and would overflow the stack of its readers. */
const DEPTH_MAX = 1_000;
/** Maximum length of a path in a message, in characters. */
const PATH_MAX = 200;

/**
 * Returns the JSON text of `value`, and refuses values that would come back changed.
 *
 * `undefined` properties are left out, as JSON does. `undefined` as the whole value gives null instead of a text, and
 * replays as `undefined`. `-0` is recorded as `0`, both live and on replay.
 * @throws {NotJsonError} NOT_JSON, with the path of the first value that JSON cannot hold.
 */
export function encodeJson(value: unknown, subject: string): string | null {
  if (value === undefined) return null;
  checkJson(value, null, { subject, depthMax: DEPTH_MAX });
  return JSON.stringify(value);
}

/**
 * Returns canonical JSON text: keys of every object sorted by UTF-16 code units, no whitespace, so equal values have
 * equal text. `undefined` as the whole value becomes `null`.
 * @throws {NotJsonError} NOT_JSON for the same values as `encodeJson`.
 */
export function canonicalJson(value: unknown, subject = "the value", depthMax = DEPTH_MAX): string {
  if (value === undefined) return "null";
  checkJson(value, null, { subject, depthMax });
  return spell(value);
}

/**
 * Returns the text that version 1.0 hashed, for comparison with hashes recorded then; null for values that it could not
 * express. It checked nothing (a Date, a Map and `{}` were alike) and ordered keys such as "10" numerically.
 */
export function formerCanonicalJson(value: unknown): string | null {
  try {
    return value === undefined ? "null" : JSON.stringify(sortKeys(value));
  } catch {
    return null;
  }
}

interface JsonLimits {
  /** Name of the value, for the message. */
  readonly subject: string;
  readonly depthMax: number;
}

/** Position of an object or array, linked to its parent. It becomes text only if something in it is refused. */
interface Place {
  readonly above: Place | null;
  readonly object: object;
  readonly depth: number;
  /** Member of the object being visited. */
  key: string | number;
}

function checkJson(value: unknown, place: Place | null, as: JsonLimits): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value)) refuse(String(value), place, as);
      return;
    case "object":
      if (value !== null) checkObject(value, place, as);
      return;
    default:
      refuse(typeof value, place, as);
  }
}

function checkObject(object: object, above: Place | null, as: JsonLimits): void {
  const depth = (above?.depth ?? 0) + 1;
  if (depth > as.depthMax) refuse(`a value nested more than ${as.depthMax} levels deep`, above, as);
  for (let at = above; at !== null; at = at.above) {
    if (at.object === object) refuse("a circular reference", above, as);
  }
  const isList = Array.isArray(object);
  if (!isPlain(object, isList)) {
    refuse(`an instance of ${(object.constructor as { name?: string } | undefined)?.name || "a class"}`, above, as);
  }
  const place: Place = { above, object, depth, key: "" };
  for (const symbol of Object.getOwnPropertySymbols(object)) {
    if (Object.prototype.propertyIsEnumerable.call(object, symbol)) {
      refuse(`a property named by a symbol, ${String(symbol)},`, above, as);
    }
  }
  if (isList) checkList(object, place, as);
  else {
    for (const key of Object.keys(object)) {
      const inner = (object as Record<string, unknown>)[key];
      if (inner === undefined) continue;
      place.key = key;
      checkJson(inner, place, as);
    }
  }
}

function checkList(list: readonly unknown[], place: Place, as: JsonLimits): void {
  for (let at = 0; at < list.length; at++) {
    place.key = at;
    if (list[at] === undefined) refuse("undefined in an array", place, as);
    checkJson(list[at], place, as);
  }
  // No element is missing here, so any further key is an extra property, such as `match.index`.
  const keys = Object.keys(list);
  if (keys.length === list.length) return;
  place.key = keys[list.length] as string;
  refuse("a property of an array beside its elements", place, as);
}

/** True for objects and arrays of any realm and for objects without a prototype. Nothing else comes back unchanged. */
function isPlain(object: object, isList: boolean): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  const root: unknown = isList && prototype !== null ? Object.getPrototypeOf(prototype) : prototype;
  if (root === null) return !isList;
  return Object.getPrototypeOf(root) === null && Object.hasOwn(root as object, "isPrototypeOf");
}

function refuse(found: string, place: Place | null, { subject }: JsonLimits): never {
  let path = "";
  for (let at = place; at !== null; at = at.above) path = wordStep(at.key) + path;
  throw new NotJsonError({ subject, path: `$${path.length > PATH_MAX ? `${path.slice(0, PATH_MAX)}…` : path}`, found });
}

const wordStep = (key: string | number) =>
  typeof key === "number"
    ? `[${key}]`
    : /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)
      ? `.${key}`
      : `[${JSON.stringify(key)}]`;

function spell(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spell).join(",")}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${spell(member)}`);
  }
  return `{${members.join(",")}}`;
}

function sortKeys(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const sorted: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value).sort()) sorted[key] = sortKeys((value as Record<string, unknown>)[key]);
  return sorted;
}
