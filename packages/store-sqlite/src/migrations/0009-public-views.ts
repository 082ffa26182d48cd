/**
 * The views that others may read with plain SQL and rely on: `event` names its run, `run_items` has the items of maps.
 * docs/operations.md lists their columns; columns may be added at the end, never renamed or removed.
 */
import { eventCode } from "@holdfast/core";

/** The events that a row of recent_attempt stands for, as columns of the view `event`. */
const STARTED = `CAST((run_k << 32) | start_seq AS INTEGER) AS id, CAST(${eventCode("stage.started")} AS INTEGER) AS type,
       started_at AS at, stage, CAST('{"attempt":' || attempt || '}' AS TEXT) AS body, run_k, start_seq AS seq`;
const COMPLETED = `CAST((run_k << 32) | end_seq AS INTEGER) AS id, CAST(${eventCode("stage.completed")} AS INTEGER) AS type,
       finished_at AS at, stage, CAST('{"attempt":' || attempt || ',"ms":' || ms || '}' AS TEXT) AS body, run_k, end_seq AS seq`;

/** A scalar subquery, not a join: conditions on the view still reach the keys of the tables below it. */
const runIdOf = (table: string) => `(SELECT r.run_id FROM run r WHERE r.run_k = ${table}.run_k) AS run_id`;

export const PUBLIC_VIEWS_SQL = `
DROP VIEW event;
CREATE VIEW event AS
SELECT id, type, at, stage, body, run_k, seq, ${runIdOf("event_row")} FROM event_row
UNION ALL
SELECT ${STARTED}, ${runIdOf("recent_attempt")} FROM recent_attempt
UNION ALL
SELECT ${COMPLETED}, ${runIdOf("recent_attempt")} FROM recent_attempt WHERE end_seq IS NOT NULL;

-- An estimate is of a run that is at work: while one rests, its end moves with the clock.
DROP VIEW run_progress;
CREATE VIEW run_progress AS
SELECT r.run_id, w.name AS workflow,
       coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' ELSE 'paused' END) AS status,
       coalesce(l.items_done, r.items_done, l.stages_done, r.stages_done) AS items_done,
       CASE WHEN coalesce(l.items_done, r.items_done) IS NULL THEN d.stage_count
            ELSE coalesce(l.items_total, r.items_total) END AS items_total,
       coalesce(l.items_failed, r.items_failed, 0) AS items_failed, coalesce(l.updated_at, r.updated_at) AS updated_at,
       CASE l.phase WHEN 1 THEN l.eta_low_at END AS eta_low_at, CASE l.phase WHEN 1 THEN l.eta_high_at END AS eta_high_at
  FROM run r JOIN workflow w ON w.workflow_k = r.workflow_k JOIN definition d USING (definition_k) LEFT JOIN run_live l USING (run_k);

-- The items of a run's current generation. What a fork kept lies under the run it was forked from.
CREATE VIEW run_items AS
SELECT r.run_id, m.stage, i.key, CASE i.outcome WHEN 1 THEN 'ok' ELSE 'error' END AS outcome, i.category,
       i.attempt AS attempts, i.cost_usd
  FROM run r LEFT JOIN run_live l ON l.run_k = r.run_k
  JOIN map m ON m.run_k = r.run_k AND m.generation = coalesce(l.generation, r.generation)
  JOIN item_result i ON i.map_k = m.map_k;
`;
