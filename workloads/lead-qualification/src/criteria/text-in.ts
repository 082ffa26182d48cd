// The texts of several columns as one, a line for each.
import { type Cells, textOf } from "../prospect/cells.js";

/** Null where all of them are empty. */
export function textIn(cells: Cells, fields: readonly string[]): string | null {
  const texts = fields.flatMap((field) => textOf(cells, field) ?? []);
  return texts.length === 0 ? null : texts.join("\n");
}
