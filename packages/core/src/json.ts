/**
 * JSON as the one form in which values are recorded: the check of what it can hold, and its canonical text.
 * Hashing lives in the engine (it needs Node); the text to hash is made here, so both sides agree on it.
 */
import { NotJsonError } from "./errors/stage.js";

/**
 * The JSON text of `value`, refusing what would come back changed.
 *
 * `undefined` properties are left out, as JSON does; `undefined` as the whole value gives null text (it replays as
 * `undefined`). @throws {NotJsonError} NOT_JSON — with the path of the first value that JSON cannot hold.
 */
export function encodeJson(value: unknown, subject: string): string | null {
  if (value === undefined) return null;
  checkJson(value, "$", subject, []);
  return JSON.stringify(value);
}

function checkJson(value: unknown, path: string, subject: string, above: readonly object[]): void {
  const refuse = (found: string): never => {
    throw new NotJsonError({ subject, path, found });
  };
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value)) refuse(String(value));
      return;
    case "object":
      break;
    default:
      refuse(typeof value);
  }
  if (value === null) return;
  const object = value as object;
  if (above.includes(object)) refuse("a circular reference");
  const below = [...above, object];
  if (Array.isArray(object)) {
    for (let i = 0; i < object.length; i++) {
      if (object[i] === undefined) {
        throw new NotJsonError({ subject, path: `${path}[${i}]`, found: "undefined in an array" });
      }
      checkJson(object[i], `${path}[${i}]`, subject, below);
    }
    return;
  }
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    refuse(`an instance of ${object.constructor?.name ?? "a class"}`);
  }
  for (const [key, inner] of Object.entries(object)) {
    if (inner !== undefined) checkJson(inner, `${path}.${key}`, subject, below);
  }
}

/** Canonical JSON text: object keys sorted at every depth, so equal values have equal text whatever their order. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return "null";
  return JSON.stringify(sortKeys(value));
}

function sortKeys(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const sorted: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value).sort()) sorted[key] = sortKeys((value as Record<string, unknown>)[key]);
  return sorted;
}
