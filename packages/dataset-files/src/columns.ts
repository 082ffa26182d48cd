// Column names: what a header must be before any row is read with it.

import { SourceUnreadableError } from "@holdfast/core";
import { COLUMNS_MAX } from "./format-reader.js";

/**
 * Check a header. Blanks around a name are dropped (nobody sees them, and every look-up would miss by them); the
 * names themselves are kept as they are.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — a column without a name, or two with one name.
 */
export function checkColumns(
  names: readonly string[],
  path: string,
  place: { readonly rowNumber?: number | undefined; readonly line?: number | undefined } = {},
  positionName: (index: number) => string = (index) => `${index + 1}`,
): readonly string[] {
  if (names.length > COLUMNS_MAX) {
    const what = `the header has ${names.length} columns, at most ${COLUMNS_MAX} are read`;
    throw new SourceUnreadableError(what, "Is this the header? Write the table with a row a line", { path, ...place });
  }
  const seen = new Map<string, number>();
  const columns = names.map((name) => name.trim());
  if (columns.every((name) => name === "")) {
    throw new SourceUnreadableError("the header is empty", "The first row must name the columns", { path, ...place });
  }
  for (const [index, name] of columns.entries()) {
    if (name === "") {
      const what = `column ${positionName(index)} has no name in the header`;
      throw new SourceUnreadableError(what, "Give it a name, or remove the column", { path, ...place });
    }
    if (name === "__proto__") {
      const what = "the column name __proto__ is reserved";
      throw new SourceUnreadableError(what, "Rename the column", { path, ...place, column: name });
    }
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      const what = `columns ${positionName(earlier)} and ${positionName(index)} have the same name`;
      throw new SourceUnreadableError(what, "Rename one of them", { path, ...place, column: name });
    }
    seen.set(name, index);
  }
  return columns;
}
