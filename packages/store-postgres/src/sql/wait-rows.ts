/** Rows of waits as others see them: states, the columns that show them among attempts, and the end of those of a run. */

// States as stored.
/** The run ended, or was restarted, before its condition came true. */
export const DROPPED = 0;
export const OPEN = 1;
/** It has an outcome, which is its row in `attempt_row`. */
export const SETTLED = 2;

/** A wait without an outcome, as a row among attempts; in the order of their columns. */
export const OPEN_AS_ATTEMPT = `v.generation, v.stage, v.attempt,
  CASE v.state WHEN ${OPEN} THEN 'waiting' ELSE 'interrupted' END AS status, v.opened_at AS started_at, v.closed_at AS finished_at,
  NULL::text AS error, 0::smallint AS is_record, NULL::text AS label, v.start_seq, h.name AS holder, v.kind AS wait_kind,
  v.due_at AS wait_due_at`;

/** Nobody waits any more in the runs `?2` (a list of numbers): they have ended, or begin again. `?1`: now. */
export const DROP_WAITS_SQL = `
  UPDATE wait SET state = ${DROPPED}, closed_at = ?1 WHERE run_k = ANY(?2::bigint[]) AND state = ${OPEN}`;
