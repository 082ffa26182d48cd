// From a row of the dataset (one case) to the items that are classified (one per narrative), in a fixed order.
// Keys: `<case key>:<type>`, so the order of rows and columns may change without any result losing its item.
import type { Columns, Labels } from "../config/schema.js";
import { readLabel, wordChoice, wordsFor } from "./labels.js";

/** One narrative of one case: what the durable map works on. Plain JSON. */
export interface NarrativeItem {
  readonly key: string;
  readonly caseKey: string;
  readonly type: string;
  readonly text: string;
  /** The manual label; null when the cell is empty or says that none applies. */
  readonly label: boolean | null;
}

/** A row that cannot be used, and why; the caller names the row number. */
export class RowError extends Error {
  readonly code = "ROW_INVALID";
  constructor(readonly details: { readonly column: string; readonly problem: string; readonly cure: string }) {
    super(`Column "${details.column}": ${details.problem} ${details.cure}`);
    this.name = "RowError";
  }
}

export type Row = Readonly<Record<string, unknown>>;

/**
 * The narratives of a row, in the order of the configured columns. Empty cells give no item: there is nothing to ask.
 *
 * @throws {RowError} ROW_INVALID — when the key is missing or the label is neither yes nor no; correct the cell.
 */
export function narrativesOf(row: Row, columns: Columns, labels?: Labels | undefined): NarrativeItem[] {
  const caseKey = cellText(row, columns.key).trim();
  if (caseKey === "") {
    throw new RowError({ column: columns.key, problem: "the key is missing.", cure: "Give every row a unique key." });
  }
  const items: NarrativeItem[] = [];
  for (const [type, column] of Object.entries(columns.narratives)) {
    // Before its text is looked at: a label that cannot be read is a mistake beside an empty narrative too.
    const label = labelOf(row, columns, type, labels);
    const text = cellText(row, column);
    if (text.trim() === "") continue;
    items.push({ key: `${caseKey}:${type}`, caseKey, type, text, label });
  }
  return items;
}

/** The column by which a maker of sample data marks its rows; kept where a file has it. */
export const SYNTHETIC_COLUMN = "synthetic";

export function isSynthetic(row: Row): boolean {
  const mark = row[SYNTHETIC_COLUMN];
  return mark !== undefined && mark !== null && readLabel(String(mark), undefined) === true;
}

/** The column of a type's label: its own, or the case's. */
export function labelColumn({ label }: Columns, type: string): string {
  return typeof label === "string" ? label : (label[type] ?? "");
}

function labelOf(row: Row, columns: Columns, type: string, labels: Labels | undefined): boolean | null {
  const column = labelColumn(columns, type);
  const cell = cellText(row, column).trim();
  const words = wordsFor(labels, type);
  const label = readLabel(cell, words);
  if (label !== undefined) return label;
  throw new RowError({
    column,
    problem: `the label is ${JSON.stringify(cell.slice(0, 40))}.`,
    cure: wordChoice(words),
  });
}

function cellText(row: Row, column: string): string {
  if (!Object.hasOwn(row, column)) {
    const problem = "the row has no such column.";
    throw new RowError({ column, problem, cure: `Name one of: ${Object.keys(row).join(", ")}.` });
  }
  const cell = row[column];
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "string") return cell;
  if (typeof cell === "number" || typeof cell === "boolean") return String(cell);
  throw new RowError({ column, problem: "the cell holds neither text nor a number.", cure: "Turn it into text." });
}
