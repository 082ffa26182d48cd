// A JSON value as one cell: text, numbers, booleans and null as they are, anything nested as its JSON text.

import { type Cell, canonicalJson } from "@holdfast/core";

/** A cell of a table has a handful of levels; more is damage or an attack. */
const DEPTH_MAX = 200;

export function toJsonCell(value: unknown): Cell {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  return canonicalJson(value, "the cell", DEPTH_MAX);
}
