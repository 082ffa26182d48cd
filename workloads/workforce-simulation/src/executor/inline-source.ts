// A configured list as a table expression. It is inlined to be part of a model's text: a change in a list changes the
// key of the models that read it, and of no others. For the same reason it has only the columns that the model names.
import { decimalText } from "../config/decimal.js";
import type { SourceTable } from "../config/year-parameters.js";
import { quote } from "../database/database.js";

export function inlineSource({ columns, rows }: SourceTable, modelText: string): string {
  const places = [...columns.keys()].filter((place) => new RegExp(`\\b${columns[place]?.name}\\b`).test(modelText));
  // A list that is only counted has its first column.
  const used = places.length === 0 ? [0] : places;
  const names = used.map((place) => `c${place}`).join(", ");
  const typed = used.map((place) => `CAST(c${place} AS ${columns[place]?.type}) AS ${columns[place]?.name}`).join(", ");
  const values = rows.map((row) => `(${used.map((place) => literal(row[place] ?? "")).join(", ")})`).join(", ");
  return `(SELECT ${typed} FROM (VALUES ${values}) AS list(${names}))`;
}

function literal(value: string | number | boolean): string {
  if (typeof value === "string") return quote(value);
  return typeof value === "number" ? decimalText(value, 6) : String(value);
}
