/** Tables for people: aligned columns, no borders; plain text that `awk` can cut as well. */
import { displayWidth, padEnd, padStart, truncate } from "./text.js";

export interface Column {
  readonly title: string;
  readonly align?: "right" | undefined;
  /** May be cut when the terminal is narrow; ids and numbers never are. */
  readonly isElastic?: boolean | undefined;
  /** Style of a cell, applied after measuring. */
  readonly style?: ((text: string) => string) | undefined;
}

/** A cell's text, or with a style of its own. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string };

/** Two spaces between columns; an elastic column keeps at least this much. */
const ELASTIC_MIN = 8;

export interface TableOptions {
  /** Columns of the terminal; undefined for no limit. */
  readonly columns?: number | undefined;
  readonly heading?: ((text: string) => string) | undefined;
}

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): string[] {
  const textOf = (cell: Cell | undefined) => (cell === undefined ? "" : typeof cell === "string" ? cell : cell.text);
  const widths = columns.map((column, i) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(textOf(row[i])))),
  );
  shrink(widths, columns, options.columns);
  const line = (cells: readonly Cell[], heading?: (text: string) => string) =>
    columns
      .map((column, i) => {
        const width = widths[i] ?? 0;
        const cell = cells[i];
        const text = truncate(textOf(cell), width);
        const isLast = i === columns.length - 1;
        const padded = column.align === "right" ? padStart(text, width) : isLast ? text : padEnd(text, width);
        const style = heading ?? (typeof cell === "object" ? cell.style : column.style);
        return style ? style(padded) : padded;
      })
      .join("  ")
      .trimEnd();
  return [
    line(
      columns.map((column) => column.title),
      options.heading,
    ),
    ...rows.map((row) => line(row)),
  ];
}

function shrink(widths: number[], columns: readonly Column[], limit: number | undefined): void {
  if (limit === undefined) return;
  let over = widths.reduce((sum, width) => sum + width, 0) + 2 * (widths.length - 1) - limit;
  const elastic = columns.flatMap((column, i) => (column.isElastic ? [i] : []));
  while (over > 0) {
    // The widest gives first, so that one long cell does not cost the others.
    const widest = elastic.reduce<number | null>(
      (best, i) =>
        (widths[i] ?? 0) > ELASTIC_MIN && (best === null || (widths[i] ?? 0) > (widths[best] ?? 0)) ? i : best,
      null,
    );
    if (widest === null) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over--;
  }
}
