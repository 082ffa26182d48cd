/**
 * Rows of something that does not exist. No write of the store makes them, but there are no foreign keys, so raw SQL can; a new
 * run that takes the number would find them as its own. Rows of removed runs and versions that wait for their purge are none.
 */
import type { Database } from "../driver.js";

interface Kind {
  readonly of: string;
  readonly key: string;
  /** Where the owner's number stands while it exists, or while its rows wait to be removed. */
  readonly owners: readonly string[];
  readonly tables: readonly string[];
}

/** Every table whose rows belong to a row of another one. A test compares it with the schema. */
export const CHILD_ROWS: readonly Kind[] = [
  {
    of: "run",
    key: "run_k",
    owners: ["run", "purge"],
    tables: [
      "run_live",
      "run_field",
      "run_cause",
      "attempt_row",
      "recent_attempt",
      "event_row",
      "checkpoint",
      "wait",
      "signal",
      "family_end",
      "published",
      "artifact",
      "resource_lease",
      "map",
      "dataset_use",
      "paid_result",
    ],
  },
  {
    of: "map",
    key: "map_k",
    owners: ["map"],
    tables: ["item_result", "item_page", "item_left_out", "item_attempt", "item_failure"],
  },
  { of: "dataset", key: "dataset_k", owners: ["dataset", "dataset_purge"], tables: ["dataset_item"] },
];

/** Enough numbers to look for. */
const NUMBERS_TOLD = 5;

/** Orphans in words; empty where there are none. Each table is one statement, so what is removed meanwhile is none. */
export function findOrphans(db: Database): readonly string[] {
  return [...CHILD_ROWS.flatMap((kind) => kind.tables.flatMap((table) => orphansIn(db, table, kind))), ...halves(db)];
}

function orphansIn(db: Database, table: string, { of, key, owners }: Kind): readonly string[] {
  const isMissing = owners
    .map((owner) => `NOT EXISTS (SELECT 1 FROM ${owner} o WHERE o.${key} = c.${key})`)
    .join(" AND ");
  const { rows, numbers } = db
    .prepare(
      `SELECT coalesce(sum(n), 0) AS rows, json_group_array(k) AS numbers
         FROM (SELECT c.${key} AS k, count(*) AS n FROM ${table} c WHERE ${isMissing} GROUP BY c.${key} ORDER BY 1)`,
    )
    .get() as { rows: number; numbers: string };
  if (rows === 0) return [];
  return [`table ${table}: ${wordRows(rows)} of a ${of} that does not exist (${key} ${wordNumbers(numbers)})`];
}

/** A run that is not finished has a live row, and a finished one has none. */
function halves(db: Database): readonly string[] {
  const look = (sql: string, word: string) => {
    const { rows, numbers } = db
      .prepare(`SELECT count(*) AS rows, json_group_array(k) AS numbers FROM (${sql})`)
      .get() as { rows: number; numbers: string };
    return rows === 0 ? [] : [`table run: ${wordRows(rows)} ${word} (run_k ${wordNumbers(numbers)})`];
  };
  return [
    ...look(
      `SELECT r.run_k AS k FROM run r WHERE r.final_status IS NULL
          AND NOT EXISTS (SELECT 1 FROM run_live l WHERE l.run_k = r.run_k)`,
      "of a run that is neither finished nor live",
    ),
    ...look(
      "SELECT r.run_k AS k FROM run r JOIN run_live l USING (run_k) WHERE r.final_status IS NOT NULL",
      "of a run that is both finished and live",
    ),
  ];
}

const wordRows = (count: number) => (count === 1 ? "1 row" : `${count} rows`);

function wordNumbers(json: string): string {
  const numbers = JSON.parse(json) as readonly number[];
  return numbers.slice(0, NUMBERS_TOLD).join(", ") + (numbers.length > NUMBERS_TOLD ? ", …" : "");
}
