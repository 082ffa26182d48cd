/** The whole check of a file, for `doctor` and before a backup: schema, pages, indexes, and the JSON in it. */
import type { Database } from "../driver.js";
import { schemaProblems } from "../schema-problems.js";

/** At most this many problems of one kind are listed; one is enough to act. */
const PROBLEMS_MAX = 20;

/** Columns whose text must be JSON wherever it is not null. */
const JSON_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  run: ["input", "given", "last_error", "output", "error", "secrets"],
  run_live: ["directive"],
  definition: ["stages", "policy"],
  attempt_row: ["error", "output"],
  recent_attempt: ["error", "output"],
  event_row: ["body"],
  checkpoint: ["json"],
  wait: ["question", "answer"],
  signal: ["payload"],
  dataset: ["key_columns", "skipped"],
  dataset_item: ["json"],
  map_config: ["json"],
  item_result: ["usage", "error", "first_error", "output"],
  item_failure: ["error"],
  paid_result: ["output", "usage"],
  audit: ["before", "after"],
  worker: ["workflows"],
};

/**
 * Problems in words; empty where there are none. Reads the file once or twice: about a second for each gigabyte.
 * @throws the driver's error when the damage keeps SQLite from reading on.
 */
export function checkFile(db: Database): readonly string[] {
  const misfits = schemaProblems(db);
  if (misfits.length > 0) return misfits;
  // The whole check, not the quick one: only it compares indexes with their tables.
  const rows = db.prepare(`PRAGMA integrity_check(${PROBLEMS_MAX})`).all() as { integrity_check: string }[];
  const pages = rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
  return pages.length > 0 ? pages : jsonProblems(db);
}

function jsonProblems(db: Database): readonly string[] {
  return Object.entries(JSON_COLUMNS).flatMap(([table, columns]) => {
    const wrong = columns.map((column) => `coalesce(sum(json_valid(${column}) = 0), 0) AS ${column}`);
    const counts = db.prepare(`SELECT ${wrong.join(", ")} FROM ${table}`).get() as Record<string, number>;
    return Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(
        ([column, count]) =>
          `table ${table}: column ${column} is not JSON in ${count === 1 ? "1 row" : `${count} rows`}`,
      );
  });
}
