/**
 * Runs, their live rows, attempts, events, checkpoints, artifacts, resource leases.
 *
 * `run` is cold and wide: written when a run is created and when it ends. `run_live` is hot and narrow and exists only
 * while a run is not finished; deleting it is the final fence. `run_k` is the run's number inside the file.
 * No foreign keys and no triggers; lease expiry and progress are never indexed, so a heartbeat touches one page.
 */
import { EVENT_CODES } from "@holdfast/core";

export const RUNS_SQL = `
CREATE TABLE workflow (workflow_k INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
-- wall_ahead_ms: how far the wall clock was ahead of the boot's own at the most; a clock set back delays nothing.
CREATE TABLE boot (
  boot_k INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE, wall_ahead_ms INTEGER NOT NULL) STRICT;

-- Runs of one workflow version share these texts; rows are never changed.
CREATE TABLE definition (
  definition_k INTEGER PRIMARY KEY, workflow_k INTEGER NOT NULL, version TEXT, stages TEXT,
  stage_count INTEGER,                         -- null: not declared, or by a pattern
  policy TEXT NOT NULL) STRICT;
CREATE INDEX definition_of ON definition(workflow_k);

-- One row per worker that ever held a lease; rows are never changed.
CREATE TABLE holder (
  holder_k INTEGER PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, boot_id TEXT NOT NULL,
  pid_namespace TEXT NOT NULL, process_start TEXT NOT NULL,
  UNIQUE (name, host, pid, boot_id, pid_namespace, process_start)) STRICT;

CREATE TABLE run (
  run_k INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, workflow_k INTEGER NOT NULL, definition_k INTEGER NOT NULL,
  owner TEXT, idempotency_key TEXT, input TEXT, given TEXT, forked_run_id TEXT, forked_stage TEXT,
  created_at INTEGER NOT NULL, last_error TEXT,
  -- From here on: null or unused until the run is finished, then copied from its live row.
  final_status TEXT, reason TEXT, started_at INTEGER, updated_at INTEGER, finished_at INTEGER,
  output TEXT, output_sha256 TEXT, output_bytes INTEGER, error TEXT,
  head INTEGER, token INTEGER, generation INTEGER, through TEXT, recoveries INTEGER, retries INTEGER,
  has_record INTEGER, stages_done INTEGER, items_done INTEGER, items_total INTEGER, items_failed INTEGER, items_per_s REAL, label TEXT) STRICT;
CREATE INDEX run_workflow ON run(workflow_k, run_k);
CREATE INDEX run_owner ON run(owner, run_k) WHERE owner IS NOT NULL;
CREATE INDEX run_final ON run(final_status, run_k) WHERE final_status IS NOT NULL;
CREATE UNIQUE INDEX run_idempotency ON run(workflow_k, idempotency_key, coalesce(owner, ''))
  WHERE idempotency_key IS NOT NULL;

CREATE TABLE run_live (
  run_k INTEGER PRIMARY KEY, workflow_k INTEGER NOT NULL,
  phase INTEGER NOT NULL,                      -- 0 queued, 1 running (leased), 2 paused
  wake_at INTEGER,                             -- ms UTC: not claimed, or not resumed by itself, before it
  token INTEGER NOT NULL, nonce TEXT, holder_k INTEGER, boot_k INTEGER, since INTEGER,
  lease_ms INTEGER, beat_at INTEGER, progress_at INTEGER,      -- beat_at, progress_at: ms of the boot's clock
  stall_ms INTEGER NOT NULL, next_seq INTEGER NOT NULL,
  wish TEXT, wish_reason TEXT, is_reopening INTEGER NOT NULL DEFAULT 0, through TEXT, reason TEXT,
  generation INTEGER NOT NULL DEFAULT 1, recoveries INTEGER NOT NULL DEFAULT 0, retries INTEGER NOT NULL DEFAULT 0,
  open_attempts INTEGER NOT NULL DEFAULT 0,    -- attempts started and not ended under this lease
  has_record INTEGER NOT NULL DEFAULT 0, has_progressed INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER, updated_at INTEGER NOT NULL,
  directive TEXT,                              -- JSON: what a person asked of the resume under way
  stages_done INTEGER NOT NULL DEFAULT 0,
  items_done INTEGER, items_total INTEGER, items_failed INTEGER,  -- null until a map has started
  items_per_s REAL, eta_low_at INTEGER, eta_high_at INTEGER, label TEXT) STRICT;
CREATE INDEX live_queued ON run_live(workflow_k, wake_at, run_k) WHERE phase = 0;
CREATE INDEX live_running ON run_live(run_k) WHERE phase = 1;
CREATE INDEX live_paused ON run_live(run_k) WHERE phase = 2;
CREATE INDEX live_waking ON run_live(wake_at) WHERE phase = 2 AND wake_at IS NOT NULL;

-- Finished runs by status; the others are counted in run_live.
CREATE TABLE run_count (status TEXT PRIMARY KEY, runs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO run_count VALUES ('completed', 0), ('failed', 0), ('cancelled', 0);

-- One tree and no index: a stage at work costs one page of it. At most one row of a (run, generation, stage) has
-- is_record = 1; the update that sets it asks for another one under the write lock.
CREATE TABLE attempt (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL, generation INTEGER NOT NULL,
  start_seq INTEGER NOT NULL,                  -- the number of its stage.started: the order of starts
  status TEXT NOT NULL, is_record INTEGER NOT NULL DEFAULT 0,
  is_counted INTEGER NOT NULL DEFAULT 1,       -- 0: a failure from before the stage was reopened
  holder_k INTEGER NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER, inputs_hash TEXT,
  error TEXT, output_sha256 TEXT, output_bytes INTEGER, output TEXT,
  PRIMARY KEY (run_k, stage, attempt)) STRICT, WITHOUT ROWID;

-- The key packs run and number, so that a run's events lie together without a second index.
CREATE TABLE event (
  id INTEGER PRIMARY KEY, type INTEGER NOT NULL, at INTEGER NOT NULL, stage TEXT, body TEXT,
  run_k INTEGER GENERATED ALWAYS AS (id >> 32) VIRTUAL, seq INTEGER GENERATED ALWAYS AS (id & 4294967295) VIRTUAL) STRICT;
CREATE TABLE event_type (type INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO event_type VALUES ${Object.entries(EVENT_CODES)
  .map(([name, type]) => `(${type}, '${name}')`)
  .join(", ")};

CREATE TABLE checkpoint (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, generation INTEGER NOT NULL, attempt INTEGER NOT NULL,
  saved_at INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (run_k, stage)) STRICT;

CREATE TABLE artifact (
  artifact_k INTEGER PRIMARY KEY, run_k INTEGER NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL,
  attempt INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  written_at INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX artifact_of ON artifact(run_k, stage, attempt, name);

-- Held while (run_k, token, nonce) is that run's live lease; a row of a lease that ended is free to take.
CREATE TABLE resource_lease (
  name TEXT PRIMARY KEY, run_k INTEGER NOT NULL, token INTEGER NOT NULL, nonce TEXT NOT NULL,
  resource_token INTEGER NOT NULL) STRICT;
CREATE TABLE resource_counter (id INTEGER PRIMARY KEY CHECK (id = 1), last_token INTEGER NOT NULL) STRICT;
INSERT INTO resource_counter VALUES (1, 0);

CREATE VIEW run_progress AS
SELECT r.run_id, w.name AS workflow,
       coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' ELSE 'paused' END) AS status,
       coalesce(l.items_done, r.items_done, l.stages_done, r.stages_done) AS items_done,
       CASE WHEN coalesce(l.items_done, r.items_done) IS NULL THEN d.stage_count
            ELSE coalesce(l.items_total, r.items_total) END AS items_total,
       coalesce(l.items_failed, r.items_failed, 0) AS items_failed, coalesce(l.updated_at, r.updated_at) AS updated_at,
       l.eta_low_at, l.eta_high_at
  FROM run r JOIN workflow w ON w.workflow_k = r.workflow_k JOIN definition d USING (definition_k) LEFT JOIN run_live l USING (run_k);
`;
