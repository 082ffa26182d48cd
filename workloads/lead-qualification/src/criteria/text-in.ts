// Joins the texts of several columns, one per line.
import { type Cells, textOf } from "../prospect/cells.js";

/** Null if all of them are empty. */
export function textIn(cells: Cells, fields: readonly string[]): string | null {
  const texts = fields.flatMap((field) => textOf(cells, field) ?? []);
  return texts.length === 0 ? null : texts.join("\n");
}
