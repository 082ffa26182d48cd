/** Rows of waits as others see them: the columns that show them among attempts, and the end of those of a run. */
import { CHILD_OF_WAIT, DROPPED, OPEN } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";

/** A wait without an outcome, as a row among attempts; in the order of their columns. */
export const OPEN_AS_ATTEMPT = `v.generation, v.stage, v.attempt,
  CASE v.state WHEN ${OPEN} THEN 'waiting' ELSE 'interrupted' END AS status, v.opened_at AS started_at, v.closed_at AS finished_at,
  NULL AS error, 0 AS is_record, NULL AS label, v.start_seq, h.name AS holder, v.kind AS wait_kind, v.due_at AS wait_due_at,
  v.subject AS wait_subject, ${CHILD_OF_WAIT} AS wait_child_id`;

/** Nobody waits any more in these runs (a JSON list of numbers): they have ended, or begin again. */
export function dropWaits(ctx: SqlContext, runKs: string): void {
  ctx.run(
    `UPDATE wait SET state = ${DROPPED}, closed_at = ?
      WHERE run_k IN (SELECT value FROM json_each(?)) AND state = ${OPEN}`,
    ctx.wallMs,
    runKs,
  );
}
