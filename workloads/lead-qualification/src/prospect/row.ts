// A stored row of the prospects' file. It has every column, so that a second run with another profile only reads the
// database. Its key is normalized, so that two spellings of a domain are one prospect.
import { type Cell, type Cells, textOf } from "./cells.js";
import { isDomainColumn, readDomain } from "./key.js";

export type ProspectRow = Cells;

/** Standard Schema of a row, so that an unusable row is reported with its number and column. */
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
        // The ingest reports an empty key or a missing key column.
        if (key === null) return { value: Object.hasOwn(cells, keyColumn) ? { ...cells, [keyColumn]: null } : cells };
        const domain = isDomain ? readDomain(key) : key;
        if (domain === null) return refuse(keyColumn, `${JSON.stringify(key.slice(0, 80))} is no domain.`);
        return { value: { ...cells, [keyColumn]: domain } };
      },
      // The engine compares this to determine whether the same file would give the same rows.
      jsonSchema: { input: () => ({ keyColumn, isDomain }), output: () => ({ keyColumn, isDomain }) },
    },
  };
}

function refuse(column: string, message: string) {
  return { issues: [{ message, path: [column] }] };
}

/** Turns lists (from .jsonl and .parquet) into text, as in other formats; undefined for a value that cannot be a cell. */
function readCell(cell: unknown): Cell | undefined {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "string" || typeof cell === "number" || typeof cell === "boolean") return cell;
  if (typeof cell === "bigint") return cell.toString();
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  if (!Array.isArray(cell)) return undefined;
  const parts = cell.map(readCell);
  return parts.includes(undefined) ? undefined : parts.filter((part) => part !== null).join("; ");
}
