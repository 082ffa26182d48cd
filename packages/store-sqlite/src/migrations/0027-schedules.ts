/**
 * Schedules and their ticks. `counted_at`: ticks up to this instant are dealt with; `fire_at` is `next_at` and the jitter.
 * `run.schedule_k` is set in the transaction of the tick, so that the runs of a schedule that have not ended are one look at an index.
 */
export const SCHEDULES_SQL = `
CREATE TABLE schedule (
  schedule_k INTEGER PRIMARY KEY, name TEXT NOT NULL, workflow TEXT NOT NULL, owner TEXT, source TEXT NOT NULL, state TEXT NOT NULL,
  spec TEXT NOT NULL, given TEXT, secrets TEXT, digest TEXT NOT NULL, zone_version TEXT NOT NULL, anchor_at INTEGER NOT NULL,
  counted_at INTEGER NOT NULL, last_local TEXT, next_at INTEGER, fire_at INTEGER, last_at INTEGER, pending_at INTEGER, changed_by TEXT,
  changed_at INTEGER NOT NULL, reason TEXT, declared_at INTEGER, created_at INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX schedule_name ON schedule(lower(name));
CREATE INDEX schedule_exact_name ON schedule(name);
CREATE INDEX schedule_due ON schedule(fire_at) WHERE state = 'active' AND fire_at IS NOT NULL;
CREATE INDEX schedule_zone ON schedule(zone_version) WHERE state = 'active' AND next_at IS NOT NULL;
CREATE INDEX schedule_pending ON schedule(schedule_k) WHERE pending_at IS NOT NULL;
CREATE TABLE schedule_tick (
  schedule_k INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL, run_id TEXT, reason TEXT,
  tick_count INTEGER NOT NULL, recorded_at INTEGER NOT NULL, PRIMARY KEY (schedule_k, at, kind)) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_tick_pending ON schedule_tick(schedule_k, at) WHERE outcome = 'pending';
ALTER TABLE run ADD COLUMN schedule_k INTEGER;
CREATE INDEX run_scheduled ON run(schedule_k) WHERE schedule_k IS NOT NULL AND final_status IS NULL;
`;
