// From a row of the dataset (one case) to the items that are classified (one per narrative), in a fixed order.
// Keys: `<case key>:<type>`, so the order of rows and columns may change without any result losing its item.
import type { Columns } from "../config/schema.js";

/** One narrative of one case: what the durable map works on. Plain JSON. */
export interface NarrativeItem {
  readonly key: string;
  readonly caseKey: string;
  readonly type: string;
  readonly text: string;
  /** The manual label; null when the cell is empty. */
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

const YES = new Set(["1", "true", "yes", "y"]);
const NO = new Set(["0", "false", "no", "n"]);

/**
 * The narratives of a row, in the order of the configured columns. Empty cells give no item: there is nothing to ask.
 *
 * @throws {RowError} ROW_INVALID — when the key is missing or the label is neither yes nor no; correct the cell.
 */
export function narrativesOf(row: Row, columns: Columns): NarrativeItem[] {
  const caseKey = cellText(row, columns.key).trim();
  if (caseKey === "") {
    throw new RowError({ column: columns.key, problem: "the key is missing.", cure: "Give every row a unique key." });
  }
  const label = readLabel(row, columns.label);
  const items: NarrativeItem[] = [];
  for (const [type, column] of Object.entries(columns.narratives)) {
    const text = cellText(row, column);
    if (text.trim() === "") continue;
    items.push({ key: `${caseKey}:${type}`, caseKey, type, text, label });
  }
  return items;
}

function readLabel(row: Row, column: string): boolean | null {
  const word = cellText(row, column).trim().toLowerCase();
  if (word === "") return null;
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  const problem = `the label is ${JSON.stringify(word.slice(0, 40))}.`;
  throw new RowError({
    column,
    problem,
    cure: "Write 1 or 0 (true/false and yes/no are read as well), or leave it empty.",
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
