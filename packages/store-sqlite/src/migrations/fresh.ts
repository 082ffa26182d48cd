/**
 * What the steps up to `FRESH_VERSION` make of an empty file, in one step: a tenth of their work, of which most is tables that
 * are made, moved and dropped. Written by its test, `LONG=1 npx vitest run migrations/fresh`; never by hand.
 */
export const FRESH_VERSION = 20;

export const FRESH_SQL = `
CREATE TABLE workflow (workflow_k INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE boot (
  boot_k INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE, wall_ahead_ms INTEGER NOT NULL) STRICT;
CREATE TABLE definition (
  definition_k INTEGER PRIMARY KEY, workflow_k INTEGER NOT NULL, version TEXT, stages TEXT,
  stage_count INTEGER,                         -- null: not declared, or by a pattern
  policy TEXT NOT NULL) STRICT;
CREATE INDEX definition_of ON definition(workflow_k);
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
  has_record INTEGER, stages_done INTEGER, items_done INTEGER, items_total INTEGER, items_failed INTEGER, items_per_s REAL, label TEXT, secrets TEXT, idempotency_hash TEXT, deaths INTEGER, last_error_at INTEGER, reached TEXT, code TEXT) STRICT;
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
  items_per_s REAL, eta_low_at INTEGER, eta_high_at INTEGER, label TEXT, deaths INTEGER NOT NULL DEFAULT 0, in_company INTEGER NOT NULL DEFAULT 0, reached TEXT) STRICT;
CREATE INDEX live_queued ON run_live(workflow_k, wake_at, run_k) WHERE phase = 0;
CREATE INDEX live_running ON run_live(run_k) WHERE phase = 1;
CREATE INDEX live_paused ON run_live(run_k) WHERE phase = 2;
CREATE INDEX live_waking ON run_live(wake_at) WHERE phase = 2 AND wake_at IS NOT NULL;
CREATE TABLE run_count (status TEXT PRIMARY KEY, runs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE "attempt_row" (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL, generation INTEGER NOT NULL,
  start_seq INTEGER NOT NULL,                  -- the number of its stage.started: the order of starts
  status TEXT NOT NULL, is_record INTEGER NOT NULL DEFAULT 0,
  is_counted INTEGER NOT NULL DEFAULT 1,       -- 0: a failure from before the stage was reopened
  holder_k INTEGER NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER, inputs_hash TEXT,
  error TEXT, output_sha256 TEXT, output_bytes INTEGER, output TEXT, label TEXT,
  PRIMARY KEY (run_k, stage, attempt)) STRICT, WITHOUT ROWID;
CREATE TABLE "event_row" (
  id INTEGER PRIMARY KEY, type INTEGER NOT NULL, at INTEGER NOT NULL, stage TEXT, body TEXT,
  run_k INTEGER GENERATED ALWAYS AS (id >> 32) VIRTUAL, seq INTEGER GENERATED ALWAYS AS (id & 4294967295) VIRTUAL) STRICT;
CREATE TABLE event_type (type INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE checkpoint (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, generation INTEGER NOT NULL, attempt INTEGER NOT NULL,
  saved_at INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (run_k, stage)) STRICT;
CREATE TABLE artifact (
  artifact_k INTEGER PRIMARY KEY, run_k INTEGER NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL,
  attempt INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  written_at INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX artifact_of ON artifact(run_k, stage, attempt, name);
CREATE TABLE resource_lease (
  name TEXT PRIMARY KEY, run_k INTEGER NOT NULL, token INTEGER NOT NULL, nonce TEXT NOT NULL,
  resource_token INTEGER NOT NULL) STRICT;
CREATE TABLE resource_counter (id INTEGER PRIMARY KEY CHECK (id = 1), last_token INTEGER NOT NULL) STRICT;
CREATE TABLE dataset (
  dataset_k INTEGER PRIMARY KEY, name TEXT NOT NULL,
  version INTEGER,                             -- null while it is being read
  path TEXT, size_bytes INTEGER, file_sha256 TEXT, content_sha256 TEXT, shape_sha256 TEXT, key_columns TEXT,
  row_count INTEGER, skipped TEXT, repin_reason TEXT, ingested_at INTEGER, sheet TEXT, left_out BLOB, erased_count INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE UNIQUE INDEX dataset_version ON dataset(name, version);
CREATE TABLE dataset_item (
  dataset_k INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL, row_sha256 BLOB NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (dataset_k, idx)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX dataset_item_key ON dataset_item(dataset_k, key);
CREATE TABLE map_config (config_k INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, json TEXT) STRICT;
CREATE TABLE map (
  map_k INTEGER PRIMARY KEY, run_k INTEGER NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL,
  config_k INTEGER NOT NULL, source_digest TEXT NOT NULL, total INTEGER,
  ok_count INTEGER NOT NULL DEFAULT 0, error_count INTEGER NOT NULL DEFAULT 0,
  low_water INTEGER NOT NULL DEFAULT 0, intent_count INTEGER NOT NULL DEFAULT 0, intent_low INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL, finished_at INTEGER, left_out INTEGER NOT NULL DEFAULT 0, absent INTEGER NOT NULL DEFAULT 0, cost_nanos INTEGER NOT NULL DEFAULT 0, unpriced_calls INTEGER NOT NULL DEFAULT 0, unpriced_tokens INTEGER NOT NULL DEFAULT 0, reserved_nanos INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE UNIQUE INDEX map_of ON map(run_k, generation, stage);
CREATE TABLE item_attempt (
  map_k INTEGER NOT NULL, n INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL, PRIMARY KEY (map_k, n)) STRICT, WITHOUT ROWID;
CREATE INDEX run_finished ON run(workflow_k, final_status, finished_at, run_k, owner) WHERE finished_at IS NOT NULL;
CREATE TABLE purge (run_k INTEGER PRIMARY KEY) STRICT;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
  actor TEXT NOT NULL, via TEXT NOT NULL, request_id TEXT, action TEXT NOT NULL, reason TEXT,
  run_id TEXT, workflow TEXT, owner TEXT,
  before TEXT, after TEXT) STRICT;
CREATE INDEX audit_run ON audit(run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX audit_actor ON audit(actor, id);
CREATE INDEX audit_action ON audit(action, id);
CREATE INDEX audit_at ON audit(at);
CREATE TABLE worker (
  holder_k INTEGER PRIMARY KEY, workflows TEXT NOT NULL, concurrency INTEGER NOT NULL, executing INTEGER NOT NULL,
  is_supervising INTEGER NOT NULL, last_scan_at INTEGER, started_at INTEGER NOT NULL, seen_at INTEGER NOT NULL,
  boot_k INTEGER NOT NULL, seen_ms INTEGER NOT NULL) STRICT;
CREATE TABLE supervised_count (outcome TEXT PRIMARY KEY, runs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE probe (filler BLOB NOT NULL) STRICT;
CREATE TABLE recent_attempt (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL, generation INTEGER NOT NULL,
  start_seq INTEGER NOT NULL, status TEXT NOT NULL, is_record INTEGER NOT NULL DEFAULT 0,
  holder_k INTEGER NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER, end_seq INTEGER, ms INTEGER,
  inputs_hash TEXT, error TEXT, output_sha256 TEXT, output_bytes INTEGER, output TEXT, label TEXT,
  PRIMARY KEY (run_k, stage, attempt)) STRICT, WITHOUT ROWID;
CREATE INDEX run_forked ON run(forked_run_id) WHERE forked_run_id IS NOT NULL;
CREATE INDEX live_suspect ON run_live(workflow_k, wake_at, run_k) WHERE phase = 0 AND deaths > 0;
CREATE TABLE dataset_use (
  use_k INTEGER PRIMARY KEY, run_k INTEGER NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL,
  attempt INTEGER NOT NULL,                    -- 0: by the items of a map, over all its attempts
  is_source INTEGER NOT NULL,                  -- 1: the items of the map are its rows
  name TEXT NOT NULL, content_sha256 TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX dataset_use_of ON dataset_use(run_k, generation, stage, name, content_sha256);
CREATE VIEW run_progress AS
SELECT r.run_id, w.name AS workflow,
       coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' ELSE 'paused' END) AS status,
       coalesce(l.items_done, r.items_done, l.stages_done, r.stages_done) AS items_done,
       CASE WHEN coalesce(l.items_done, r.items_done) IS NULL THEN d.stage_count
            ELSE coalesce(l.items_total, r.items_total) END AS items_total,
       coalesce(l.items_failed, r.items_failed, 0) AS items_failed, coalesce(l.updated_at, r.updated_at) AS updated_at,
       CASE l.phase WHEN 1 THEN l.eta_low_at END AS eta_low_at, CASE l.phase WHEN 1 THEN l.eta_high_at END AS eta_high_at
  FROM run r JOIN workflow w ON w.workflow_k = r.workflow_k JOIN definition d USING (definition_k) LEFT JOIN run_live l USING (run_k);
CREATE TABLE item_page (
  map_k INTEGER NOT NULL, first_idx INTEGER NOT NULL,
  before TEXT NOT NULL,                        -- digest of the keys before first_idx, in order
  keys TEXT NOT NULL,                          -- JSON list
  PRIMARY KEY (map_k, first_idx)) STRICT, WITHOUT ROWID;
CREATE TABLE item_left_out (map_k INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (map_k, key)) STRICT, WITHOUT ROWID;
CREATE TABLE "item_result" (
  map_k INTEGER NOT NULL, key TEXT NOT NULL, idx INTEGER NOT NULL,
  outcome INTEGER NOT NULL,                    -- 1 ok, 0 error
  category TEXT, config_k INTEGER NOT NULL, attempt INTEGER NOT NULL, item_sha256 BLOB,
  cost_nanos INTEGER NOT NULL, unpriced_calls INTEGER NOT NULL, unpriced_tokens INTEGER NOT NULL,
  started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, usage TEXT, error TEXT, first_error TEXT, output TEXT, label TEXT,
  PRIMARY KEY (map_k, key)) STRICT, WITHOUT ROWID;
CREATE INDEX item_error ON item_result(map_k, category, key) WHERE outcome = 0;
CREATE TABLE "item_failure" (
  map_k INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL, finished_at INTEGER NOT NULL, category TEXT NOT NULL,
  cost_nanos INTEGER NOT NULL, unpriced_calls INTEGER NOT NULL, unpriced_tokens INTEGER NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (map_k, key, attempt)) STRICT, WITHOUT ROWID;
CREATE TABLE "paid_result" (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, key TEXT NOT NULL, config_hash TEXT NOT NULL, item_sha256 BLOB,
  cost_nanos INTEGER NOT NULL, unpriced_calls INTEGER NOT NULL, unpriced_tokens INTEGER NOT NULL,
  output TEXT, usage TEXT, saved_at INTEGER NOT NULL,
  PRIMARY KEY (run_k, stage, key, config_hash)) STRICT, WITHOUT ROWID;
CREATE VIEW run_items AS
SELECT r.run_id, m.stage, i.key, CASE i.outcome WHEN 1 THEN 'ok' ELSE 'error' END AS outcome, i.category,
       i.attempt AS attempts, CASE WHEN i.cost_nanos > 0 OR i.unpriced_calls = 0 THEN i.cost_nanos / 1e9 END AS cost_usd,
       i.cost_nanos, i.unpriced_calls, i.unpriced_tokens
  FROM run r LEFT JOIN run_live l ON l.run_k = r.run_k
  JOIN map m ON m.run_k = r.run_k AND m.generation = coalesce(l.generation, r.generation)
  JOIN item_result i ON i.map_k = m.map_k;
CREATE INDEX run_id_upper ON run(lower(run_id)) WHERE run_id <> lower(run_id);
CREATE INDEX dataset_use_by ON dataset_use(name, content_sha256, run_k);
CREATE TABLE dataset_purge (dataset_k INTEGER PRIMARY KEY) STRICT;
CREATE TABLE erased_key (
  name TEXT NOT NULL, key_hash BLOB NOT NULL,  -- SHA-256 over the salt, the dataset's name and the key
  erased_at INTEGER NOT NULL, PRIMARY KEY (name, key_hash)) STRICT, WITHOUT ROWID;
CREATE TABLE erase_salt (id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL) STRICT;
CREATE TABLE removed_sum (
  workflow_k INTEGER NOT NULL, status TEXT NOT NULL, finished_at INTEGER NOT NULL, owner TEXT NOT NULL, runs INTEGER NOT NULL,
  PRIMARY KEY (workflow_k, status, finished_at, owner)) STRICT, WITHOUT ROWID;
CREATE INDEX removed_sum_exact ON removed_sum(finished_at) WHERE finished_at % 86400000 <> 0;
CREATE TABLE store_default (name TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE search_field (
  workflow_k INTEGER NOT NULL, field TEXT NOT NULL, path TEXT NOT NULL,        -- path: of JSON, below the input
  filled_to INTEGER NOT NULL,                  -- the runs up to this number have their values
  PRIMARY KEY (workflow_k, field)) STRICT, WITHOUT ROWID;
CREATE TABLE run_field (
  field TEXT NOT NULL, value TEXT NOT NULL, run_k INTEGER NOT NULL, PRIMARY KEY (field, value, run_k)) STRICT, WITHOUT ROWID;
CREATE INDEX run_field_of ON run_field(run_k);
CREATE VIEW attempt AS
SELECT run_k, stage, attempt, generation, start_seq, status, is_record, is_counted, holder_k, started_at, finished_at,
       inputs_hash, error, output_sha256, output_bytes, output, label FROM attempt_row
UNION ALL
SELECT run_k, stage, attempt, generation, start_seq, status, is_record, CAST(1 AS INTEGER), holder_k, started_at, finished_at,
       inputs_hash, error, output_sha256, output_bytes, output, label FROM recent_attempt;
CREATE VIEW event AS
SELECT id, type, at, stage, body, run_k, seq, (SELECT r.run_id FROM run r WHERE r.run_k = event_row.run_k) AS run_id FROM event_row
UNION ALL
SELECT CAST((run_k << 32) | start_seq AS INTEGER) AS id, CAST(10 AS INTEGER) AS type,
       started_at AS at, stage, CAST('{"attempt":' || attempt || CASE WHEN label IS NULL THEN '' ELSE ',"label":' || json_quote(label) END || '}' AS TEXT) AS body, run_k, start_seq AS seq, (SELECT r.run_id FROM run r WHERE r.run_k = recent_attempt.run_k) AS run_id FROM recent_attempt
UNION ALL
SELECT CAST((run_k << 32) | end_seq AS INTEGER) AS id, CAST(11 AS INTEGER) AS type,
       finished_at AS at, stage, CAST('{"attempt":' || attempt || ',"ms":' || ms || '}' AS TEXT) AS body, run_k, end_seq AS seq, (SELECT r.run_id FROM run r WHERE r.run_k = recent_attempt.run_k) AS run_id FROM recent_attempt WHERE end_seq IS NOT NULL;
CREATE TABLE cause_mark (
  scope TEXT NOT NULL, fingerprint TEXT NOT NULL, state TEXT NOT NULL, marked_by TEXT NOT NULL, marked_at INTEGER NOT NULL,
  note TEXT, PRIMARY KEY (scope, fingerprint)) STRICT, WITHOUT ROWID;
INSERT INTO run_count VALUES
  ('cancelled', 0),
  ('completed', 0),
  ('failed', 0);
INSERT INTO event_type VALUES
  (0, 'run.created'),
  (1, 'run.claimed'),
  (2, 'run.paused'),
  (3, 'run.resumed'),
  (4, 'run.recovered'),
  (5, 'run.completed'),
  (6, 'run.failed'),
  (7, 'run.cancelled'),
  (8, 'run.restarted'),
  (9, 'run.handed_back'),
  (10, 'stage.started'),
  (11, 'stage.completed'),
  (12, 'stage.failed'),
  (13, 'stage.retrying'),
  (14, 'checkpoint.saved'),
  (15, 'gate.checked'),
  (16, 'artifact.written'),
  (17, 'lease.lost'),
  (18, 'map.committed'),
  (19, 'budget.reached'),
  (20, 'drift.accepted'),
  (21, 'log');
INSERT INTO resource_counter VALUES
  (1, 0);
INSERT INTO supervised_count VALUES
  ('failed', 0),
  ('recovered', 0);
INSERT INTO erase_salt VALUES
  (1, randomblob(32));
`;
