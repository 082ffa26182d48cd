// A configured list as a table expression. Inline, so that it is part of a model's text: what changes in a list changes
// the key of the models that read it, and of no others.
import type { SourceTable } from "../config/year-parameters.js";
import { quote } from "../database/database.js";

export function inlineSource({ columns, rows }: SourceTable): string {
  const names = columns.map((_, place) => `c${place}`).join(", ");
  const typed = columns.map(({ name, type }, place) => `CAST(c${place} AS ${type}) AS ${name}`).join(", ");
  const values = rows.map((row) => `(${row.map(literal).join(", ")})`).join(", ");
  return `(SELECT ${typed} FROM (VALUES ${values}) AS list(${names}))`;
}

function literal(value: string | number | boolean): string {
  return typeof value === "string" ? quote(value) : String(value);
}
