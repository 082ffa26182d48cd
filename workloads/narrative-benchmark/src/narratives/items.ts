// Turns a row of the dataset (one case) into the items that are classified (one per narrative), in a fixed order. Keys
// are `<case key>:<type>`, so the order of rows and columns may change without any result losing its item.
import type { Columns, Labels } from "../config/schema.js";
import { readLabel, wordChoice, wordsFor } from "./labels.js";

/** One narrative of one case: an item of the durable map. Plain JSON. */
export interface NarrativeItem {
  readonly key: string;
  readonly caseKey: string;
  readonly type: string;
  readonly text: string;
  /** The manual label; null if the cell is empty or says that none applies. */
  readonly label: boolean | null;
}

/** ROW_INVALID: an unusable row, and why. The caller adds the row number. */
export class RowError extends Error {
  readonly code = "ROW_INVALID";
  constructor(readonly details: { readonly column: string; readonly problem: string; readonly cure: string }) {
    super(`Column "${details.column}": ${details.problem} ${details.cure}`);
    this.name = "RowError";
  }
}

export type Row = Readonly<Record<string, unknown>>;

/**
 * Returns the narratives of a row, in the order of the configured columns. Empty cells give no item, since there is
 * nothing to ask.
 *
 * @throws {RowError} ROW_INVALID if the key is missing or the label is neither yes nor no. Correct the cell.
 */
export function narrativesOf(row: Row, columns: Columns, labels?: Labels | undefined): NarrativeItem[] {
  const caseKey = cellText(row, columns.key).trim();
  if (caseKey === "") {
    throw new RowError({ column: columns.key, problem: "the key is missing.", cure: "Give every row a unique key." });
  }
  const items: NarrativeItem[] = [];
  for (const [type, column] of Object.entries(columns.narratives)) {
    // Before reading the text: an unreadable label is a mistake even beside an empty narrative.
    const label = labelOf(row, columns, type, labels);
    const text = cellText(row, column);
    if (text.trim() === "") continue;
    items.push({ key: `${caseKey}:${type}`, caseKey, type, text, label });
  }
  return items;
}

/** The column by which a generator of sample data marks its rows. Kept if a file has it. */
export const SYNTHETIC_COLUMN = "synthetic";

export function isSynthetic(row: Row): boolean {
  const mark = row[SYNTHETIC_COLUMN];
  return mark !== undefined && mark !== null && readLabel(String(mark), undefined) === true;
}

/** Returns the column of a type's label: its own, or the case's. */
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
