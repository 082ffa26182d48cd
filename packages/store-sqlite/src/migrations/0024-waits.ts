/**
 * Waits: stages that end by a condition. A row from the first call of the stage on; `run_live.phase` 3 is a run that only waits.
 * `is_wall`: whether `due_at` is of the wall clock, which may jump, or of the boot's own, counted
 * from `boot.first_ahead_ms`: how far the wall clock was ahead of it when this boot was first seen.
 */
export const WAITS_SQL = `
ALTER TABLE boot ADD COLUMN first_ahead_ms INTEGER NOT NULL DEFAULT 0;
UPDATE boot SET first_ahead_ms = wall_ahead_ms;
CREATE TABLE wait (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL, generation INTEGER NOT NULL,
  start_seq INTEGER NOT NULL, holder_k INTEGER NOT NULL, kind TEXT NOT NULL, opened_at INTEGER NOT NULL,
  due_at INTEGER, is_wall INTEGER NOT NULL,
  state INTEGER NOT NULL,                      -- 0 dropped, 1 open, 2 settled
  closed_at INTEGER, PRIMARY KEY (run_k, stage, attempt)) STRICT, WITHOUT ROWID;
CREATE INDEX wait_due ON wait(is_wall, due_at) WHERE state = 1 AND due_at IS NOT NULL;
CREATE INDEX live_waiting ON run_live(run_k) WHERE phase = 3;
INSERT OR IGNORE INTO event_type VALUES (22, 'run.waiting'), (23, 'run.woken');
DROP VIEW run_progress;
CREATE VIEW run_progress AS
SELECT r.run_id, w.name AS workflow,
       coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'paused' ELSE 'waiting' END) AS status,
       coalesce(l.items_done, r.items_done, l.stages_done, r.stages_done) AS items_done,
       CASE WHEN coalesce(l.items_done, r.items_done) IS NULL THEN d.stage_count
            ELSE coalesce(l.items_total, r.items_total) END AS items_total,
       coalesce(l.items_failed, r.items_failed, 0) AS items_failed, coalesce(l.updated_at, r.updated_at) AS updated_at,
       CASE l.phase WHEN 1 THEN l.eta_low_at END AS eta_low_at, CASE l.phase WHEN 1 THEN l.eta_high_at END AS eta_high_at
  FROM run r JOIN workflow w ON w.workflow_k = r.workflow_k JOIN definition d USING (definition_k) LEFT JOIN run_live l USING (run_k);
`;
