// A JSON value as one cell: text, numbers, booleans and null as they are, anything nested as its JSON text.

import { toCanonicalJson } from "./canonical-json.js";
import type { Cell } from "./source.js";

export function toJsonCell(value: unknown): Cell {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  return toCanonicalJson(value);
}
