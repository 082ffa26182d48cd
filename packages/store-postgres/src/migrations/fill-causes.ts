/** Fills in the causes of failures that were recorded before their fingerprints were: step 2 of the schema, in code. */

import { itemCause, runCause } from "@holdfast/store-sql";
import type { PoolClient } from "pg";

/** The schema that records them. */
export const CAUSES_VERSION = 2;
const FILLED_AT_ONCE = 1_000;

interface Item {
  readonly map_k: string;
  readonly key: string;
  readonly stage: string;
  readonly category: string | null;
  readonly error: string | null;
}

/** A page at a time, since there may be many. */
export async function fillCauses(client: PoolClient): Promise<void> {
  for (;;) {
    const { rows } = await client.query<Item>(
      `SELECT i.map_k, i.key, m.stage, i.category, i.error FROM item_result i JOIN map m USING (map_k)
        WHERE i.outcome = 0 AND i.cause IS NULL LIMIT ${FILLED_AT_ONCE}`,
    );
    if (rows.length === 0) break;
    await client.query(
      `UPDATE item_result i SET cause = e.cause FROM unnest($1::bigint[], $2::text[], $3::text[]) AS e(map_k, key, cause)
        WHERE i.map_k = e.map_k AND i.key = e.key`,
      [
        rows.map(({ map_k }) => map_k),
        rows.map(({ key }) => key),
        rows.map(({ stage, category, error }) => itemCause(stage, { category, errorJson: error })),
      ],
    );
  }
  for (;;) {
    const { rows } = await client.query<{ run_k: string; error: string | null }>(
      `SELECT run_k, error FROM run WHERE final_status = 'failed' AND cause IS NULL LIMIT ${FILLED_AT_ONCE}`,
    );
    if (rows.length === 0) break;
    await client.query(
      `UPDATE run r SET cause = e.cause FROM unnest($1::bigint[], $2::text[]) AS e(run_k, cause) WHERE r.run_k = e.run_k`,
      [rows.map(({ run_k }) => run_k), rows.map(({ error }) => runCause("failed", error))],
    );
  }
  await client.query(
    `INSERT INTO run_cause (cause, run_k)
       SELECT DISTINCT i.cause, m.run_k FROM item_result i JOIN map m USING (map_k) WHERE i.cause IS NOT NULL
       UNION SELECT cause, run_k FROM run WHERE cause IS NOT NULL
     ON CONFLICT DO NOTHING`,
  );
}
