/**
 * Attempts under way and those that ended lately, in one small table (`recent_attempt`), and moving them to where they
 * stay. A stage's start and end then change pages that all runs at work share, and a run's own pages only once for many
 * of its stages.
 *
 * Invariants. An attempt is in exactly one of the two tables; one that has not ended is here. The views `attempt` and
 * `event` show both tables as one, so nobody who reads can tell. When a run's lease ends all its attempts have ended and
 * are in their place: what works on a run that is not running finds its rows in `attempt_row` and `event_row`.
 */

import { eventCode } from "@holdfast/core";
import type { SqlContext } from "../context.js";

/**
 * So many attempts may end before they are moved. Measured with 64 runs side by side: below, a run's pages are written
 * too often; above, the small table is itself many pages.
 */
export const RECENT_MAX = 512;

/** A longer text is put in its place at once: to write it twice costs more than a page. */
const TEXT_LENGTH_MAX = 2_000;

/** The numbers of a JSON list. */
const LISTED = "(SELECT value FROM json_each(?))";

const ATTEMPT_COLUMNS = `run_k, stage, attempt, generation, start_seq, status, is_record, holder_k, started_at, finished_at,
  inputs_hash, error, output_sha256, output_bytes, output, label`;

/** Called for each attempt that ends. */
export function noteEnded(ctx: SqlContext, runK: number, text: string): void {
  ctx.recentCount += 1;
  if (text.length > TEXT_LENGTH_MAX) moveEndedAttempts(ctx, [runK]);
}

/** Moves what has ended to its place: of these runs, or of all. */
export function moveEndedAttempts(ctx: SqlContext, runKs: readonly number[] | null): void {
  const of = runKs === null ? "" : `AND run_k IN ${LISTED}`;
  const values = runKs === null ? [] : [JSON.stringify(runKs)];
  const moved = ctx.run(
    `INSERT INTO attempt_row (${ATTEMPT_COLUMNS})
     SELECT ${ATTEMPT_COLUMNS} FROM recent_attempt WHERE status <> 'running' ${of}`,
    ...values,
  );
  if (moved === 0) return;
  ctx.run(
    `INSERT INTO event_row (id, type, at, stage, body)
     SELECT (run_k << 32) | start_seq, ${eventCode("stage.started")}, started_at, stage,
            '{"attempt":' || attempt || CASE WHEN label IS NULL THEN '' ELSE ',"label":' || json_quote(label) END || '}'
       FROM recent_attempt WHERE status <> 'running' ${of}
     UNION ALL
     SELECT (run_k << 32) | end_seq, ${eventCode("stage.completed")}, finished_at, stage,
            '{"attempt":' || attempt || ',"ms":' || ms || '}'
       FROM recent_attempt WHERE end_seq IS NOT NULL ${of}`,
    ...values,
    ...values,
  );
  ctx.run(`DELETE FROM recent_attempt WHERE status <> 'running' ${of}`, ...values);
}

/** Attempts that nobody works on any more have ended; then all of these runs' are moved to their place. */
export function endAttempts(ctx: SqlContext, runKs: readonly number[]): void {
  // A list of runs is costly to look through, and where stages are rare the table is mostly empty.
  if (ctx.get("SELECT 1 FROM recent_attempt LIMIT 1") === undefined) return;
  ctx.run(
    `UPDATE recent_attempt SET status = 'interrupted', finished_at = ? WHERE run_k IN ${LISTED} AND status = 'running'`,
    ctx.wallMs,
    JSON.stringify(runKs),
  );
  moveEndedAttempts(ctx, runKs);
}
