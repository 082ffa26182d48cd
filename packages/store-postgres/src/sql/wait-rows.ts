/** Rows of waits as others see them: the columns that show them among attempts. */
import { CHILD_OF_WAIT, OPEN } from "@holdfast/store-sql";

/** A wait without an outcome, as a row among attempts; in the order of their columns. */
export const OPEN_AS_ATTEMPT = `v.generation, v.stage, v.attempt,
  CASE v.state WHEN ${OPEN} THEN 'waiting' ELSE 'interrupted' END AS status, v.opened_at AS started_at, v.closed_at AS finished_at,
  NULL::text AS error, 0::smallint AS is_record, NULL::text AS label, v.start_seq, h.name AS holder, v.kind AS wait_kind,
  v.due_at AS wait_due_at, v.subject AS wait_subject, ${CHILD_OF_WAIT} AS wait_child_id`;
