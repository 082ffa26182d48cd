// A row of the prospects' file as it is stored: every column, so that a second run with another profile reads the
// database only; the key in its one form, so that two spellings of a domain are one prospect.
import { type Cell, type Cells, textOf } from "./cells.js";
import { isDomainColumn, readDomain } from "./key.js";

export type ProspectRow = Cells;

/** A Standard Schema, so that a row that cannot be used is reported with its number and column. */
export function prospectSchema(keyColumn: string, isDomain = isDomainColumn(keyColumn)) {
  return {
    "~standard": {
      version: 1 as const,
      vendor: "lead-qualification",
      validate(value: unknown) {
        const cells: Record<string, Cell> = {};
        for (const [column, cell] of Object.entries(value as Record<string, unknown>)) {
          const read = readCell(cell);
          if (read === undefined)
            return refuse(column, "the cell holds an object; text, a number or a list is expected.");
          cells[column] = read;
        }
        const key = textOf(cells, keyColumn);
        // An absent key, and a column that is not there, is the ingest's to report.
        if (key === null) return { value: Object.hasOwn(cells, keyColumn) ? { ...cells, [keyColumn]: null } : cells };
        const domain = isDomain ? readDomain(key) : key;
        if (domain === null) return refuse(keyColumn, `${JSON.stringify(key.slice(0, 80))} is no domain.`);
        return { value: { ...cells, [keyColumn]: domain } };
      },
      // What the engine compares to tell whether the same file would give the same rows.
      jsonSchema: { input: () => ({ keyColumn, isDomain }), output: () => ({ keyColumn, isDomain }) },
    },
  };
}

function refuse(column: string, message: string) {
  return { issues: [{ message, path: [column] }] };
}

/** Lists (of .jsonl and .parquet) become text, as they stand in other formats; undefined for what is no cell. */
function readCell(cell: unknown): Cell | undefined {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "string" || typeof cell === "number" || typeof cell === "boolean") return cell;
  if (typeof cell === "bigint") return cell.toString();
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  if (!Array.isArray(cell)) return undefined;
  const parts = cell.map(readCell);
  return parts.includes(undefined) ? undefined : parts.filter((part) => part !== null).join("; ");
}
