/**
 * Rows of something that does not exist. No write of the store makes them, but there are no foreign keys, so raw SQL can. Rows of
 * removed runs and versions that wait for their purge are none.
 */
import type { SqlContext } from "../context.js";
import { flatMapInOrder } from "../in-order.js";

interface Kind {
  readonly of: string;
  readonly key: string;
  /** Where the owner's number stands while it exists, or while its rows wait to be removed. */
  readonly owners: readonly string[];
  readonly tables: readonly string[];
}

/** Every table whose rows belong to a row of another one. */
const CHILD_ROWS: readonly Kind[] = [
  {
    of: "run",
    key: "run_k",
    owners: ["run", "purge"],
    tables: [
      ...["run_live", "run_field", "attempt_row", "event_row", "checkpoint", "artifact", "resource_lease", "map"],
      ...["run_cause", "dataset_use", "paid_result", "wait", "signal", "family_end", "published"],
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
export async function findOrphans(ctx: SqlContext): Promise<readonly string[]> {
  const orphans = await flatMapInOrder(CHILD_ROWS, (kind) =>
    flatMapInOrder(kind.tables, (table) => orphansIn(ctx, table, kind)),
  );
  return [...orphans, ...(await halves(ctx))];
}

interface FoundRow {
  readonly rows: number;
  readonly numbers: readonly number[] | null;
}

async function orphansIn(ctx: SqlContext, table: string, { of, key, owners }: Kind): Promise<readonly string[]> {
  const isMissing = owners
    .map((owner) => `NOT EXISTS (SELECT 1 FROM ${owner} o WHERE o.${key} = c.${key})`)
    .join(" AND ");
  const found = await ctx.get<FoundRow>(
    `SELECT coalesce(sum(n), 0)::bigint AS rows, json_agg(k ORDER BY k) AS numbers
       FROM (SELECT c.${key} AS k, count(*) AS n FROM ${table} c WHERE ${isMissing} GROUP BY c.${key}) o`,
  );
  if (found === undefined || found.rows === 0) return [];
  return [`table ${table}: ${wordRows(found.rows)} of a ${of} that does not exist (${key} ${wordNumbers(found)})`];
}

/** A run that is not finished has a live row, and a finished one has none. */
async function halves(ctx: SqlContext): Promise<readonly string[]> {
  const look = async (sql: string, word: string) => {
    const found = await ctx.get<FoundRow>(`SELECT count(*) AS rows, json_agg(k ORDER BY k) AS numbers FROM (${sql}) r`);
    if (found === undefined || found.rows === 0) return [];
    return [`table run: ${wordRows(found.rows)} ${word} (run_k ${wordNumbers(found)})`];
  };
  return [
    ...(await look(
      `SELECT r.run_k AS k FROM run r WHERE r.final_status IS NULL
          AND NOT EXISTS (SELECT 1 FROM run_live l WHERE l.run_k = r.run_k)`,
      "of a run that is neither finished nor live",
    )),
    ...(await look(
      "SELECT r.run_k AS k FROM run r JOIN run_live l USING (run_k) WHERE r.final_status IS NOT NULL",
      "of a run that is both finished and live",
    )),
  ];
}

const wordRows = (count: number) => (count === 1 ? "1 row" : `${count} rows`);

const wordNumbers = ({ numbers }: FoundRow) =>
  (numbers ?? []).slice(0, NUMBERS_TOLD).join(", ") + ((numbers?.length ?? 0) > NUMBERS_TOLD ? ", …" : "");
