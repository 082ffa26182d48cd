-- A store of schema version 2 with one run in each state, as that version wrote it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE workflow (workflow_k INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO workflow VALUES(1,'brief');
INSERT INTO workflow VALUES(2,'other');
CREATE TABLE boot (
  boot_k INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE, wall_ahead_ms INTEGER NOT NULL) STRICT;
INSERT INTO boot VALUES(1,'5dd6e0d8-f65b-424f-9d12-8c32ded49ed7',1795655391424);
CREATE TABLE definition (
  definition_k INTEGER PRIMARY KEY, workflow_k INTEGER NOT NULL, version TEXT, stages TEXT,
  stage_count INTEGER,                         -- null: not declared, or by a pattern
  policy TEXT NOT NULL) STRICT;
INSERT INTO definition VALUES(1,1,'1','[{"name":"gather"},{"name":"write"}]',2,'{"onStall":"resume","maxRecoveries":3,"maxRetries":2,"stallAfterMs":30000,"idleTimeoutMs":null,"idleCheckMs":300000}');
INSERT INTO definition VALUES(2,2,'1','[{"name":"gather"},{"name":"write"}]',2,'{"onStall":"resume","maxRecoveries":3,"maxRetries":2,"stallAfterMs":30000,"idleTimeoutMs":null,"idleCheckMs":300000}');
CREATE TABLE holder (
  holder_k INTEGER PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, boot_id TEXT NOT NULL,
  pid_namespace TEXT NOT NULL, process_start TEXT NOT NULL,
  UNIQUE (name, host, pid, boot_id, pid_namespace, process_start)) STRICT;
INSERT INTO holder VALUES(1,'worker-a','host-1',101,'boot-1','pid:[1]','7');
CREATE TABLE run (
  run_k INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, workflow_k INTEGER NOT NULL, definition_k INTEGER NOT NULL,
  owner TEXT, idempotency_key TEXT, input TEXT, given TEXT, forked_run_id TEXT, forked_stage TEXT,
  created_at INTEGER NOT NULL, last_error TEXT,
  -- From here on: null or unused until the run is finished, then copied from its live row.
  final_status TEXT, reason TEXT, started_at INTEGER, updated_at INTEGER, finished_at INTEGER,
  output TEXT, output_sha256 TEXT, output_bytes INTEGER, error TEXT,
  head INTEGER, token INTEGER, generation INTEGER, through TEXT, recoveries INTEGER, retries INTEGER,
  has_record INTEGER, stages_done INTEGER, items_done INTEGER, items_total INTEGER, items_failed INTEGER, items_per_s REAL, label TEXT) STRICT;
INSERT INTO run VALUES(1,'completed-1',1,1,'ada',NULL,'{"topic":"tides"}',NULL,NULL,NULL,1795656739350,NULL,'completed',NULL,1795656739350,1795656739365,1795656739365,'{"answer":42}',NULL,NULL,NULL,7,1,1,NULL,0,0,1,1,1,2,0,NULL,'gather');
INSERT INTO run VALUES(2,'failed-1',1,1,NULL,NULL,'{"topic":"tides"}',NULL,NULL,NULL,1795656739366,'{"name":"Error","message":"boom"}','failed',NULL,1795656739366,1795656739370,1795656739370,NULL,NULL,NULL,'{"name":"Error","message":"boom"}',5,1,1,NULL,0,0,1,1,NULL,NULL,NULL,NULL,'gather');
INSERT INTO run VALUES(3,'cancelled-1',1,1,NULL,NULL,'{"topic":"tides"}',NULL,NULL,NULL,1795656739371,NULL,'cancelled','enough',1795656739371,1795656739372,1795656739372,NULL,NULL,NULL,NULL,3,1,1,NULL,0,0,0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(4,'paused-1',1,1,'ada',NULL,'{"topic":"tides"}',NULL,NULL,NULL,1795656739373,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(5,'running-1',1,1,NULL,NULL,'{"topic":"tides"}',NULL,NULL,NULL,1795656739377,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(6,'queued-1',2,2,NULL,NULL,'{"topic":"tides"}',NULL,NULL,NULL,1795656739379,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO run_live VALUES(4,1,2,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,30000,6,NULL,NULL,0,NULL,'through',1,0,0,0,1,1,1795656739373,1795656739376,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,'gather');
INSERT INTO run_live VALUES(5,1,1,NULL,1,'nttC62kDeXyKEnb5',1,1,1795656739377,60000,1347955,1347955,30000,5,NULL,NULL,0,NULL,NULL,1,0,0,0,1,1,1795656739377,1795656739379,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,'gather');
INSERT INTO run_live VALUES(6,2,0,1795656739379,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,30000,2,NULL,NULL,0,NULL,NULL,1,0,0,0,0,0,NULL,1795656739379,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE run_count (status TEXT PRIMARY KEY, runs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO run_count VALUES('cancelled',1);
INSERT INTO run_count VALUES('completed',1);
INSERT INTO run_count VALUES('failed',1);
CREATE TABLE attempt (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL, generation INTEGER NOT NULL,
  start_seq INTEGER NOT NULL,                  -- the number of its stage.started: the order of starts
  status TEXT NOT NULL, is_record INTEGER NOT NULL DEFAULT 0,
  is_counted INTEGER NOT NULL DEFAULT 1,       -- 0: a failure from before the stage was reopened
  holder_k INTEGER NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER, inputs_hash TEXT,
  error TEXT, output_sha256 TEXT, output_bytes INTEGER, output TEXT,
  PRIMARY KEY (run_k, stage, attempt)) STRICT, WITHOUT ROWID;
INSERT INTO attempt VALUES(1,'gather',1,1,3,'completed',1,1,1,1795656739354,1795656739356,NULL,NULL,NULL,NULL,'{"answer":42}');
INSERT INTO attempt VALUES(2,'gather',1,1,3,'completed',1,1,1,1795656739369,1795656739369,NULL,NULL,NULL,NULL,'{"answer":42}');
INSERT INTO attempt VALUES(4,'gather',1,1,3,'completed',1,1,1,1795656739374,1795656739375,NULL,NULL,NULL,NULL,'{"answer":42}');
INSERT INTO attempt VALUES(5,'gather',1,1,3,'completed',1,1,1,1795656739378,1795656739379,NULL,NULL,NULL,NULL,'{"answer":42}');
CREATE TABLE event (
  id INTEGER PRIMARY KEY, type INTEGER NOT NULL, at INTEGER NOT NULL, stage TEXT, body TEXT,
  run_k INTEGER GENERATED ALWAYS AS (id >> 32) VIRTUAL, seq INTEGER GENERATED ALWAYS AS (id & 4294967295) VIRTUAL) STRICT;
INSERT INTO event VALUES(4294967297,0,1795656739350,NULL,'{"workflow":"brief","version":"1","owner":"ada"}');
INSERT INTO event VALUES(4294967298,1,1795656739350,NULL,'{"holder":"worker-a","host":"host-1","pid":101,"token":1}');
INSERT INTO event VALUES(4294967299,10,1795656739354,'gather','{"attempt":1}');
INSERT INTO event VALUES(4294967300,11,1795656739356,'gather','{"attempt":1,"ms":5}');
INSERT INTO event VALUES(4294967301,14,1795656739357,'write','{"attempt":1,"sizeBytes":10}');
INSERT INTO event VALUES(4294967302,16,1795656739358,'gather','{"attempt":1,"name":"notes.txt","sizeBytes":12,"sha256":"abababababababababababababababababababababababababababababababab"}');
INSERT INTO event VALUES(4294967303,5,1795656739365,NULL,'{"stages":2}');
INSERT INTO event VALUES(8589934593,0,1795656739366,NULL,'{"workflow":"brief","version":"1","owner":null}');
INSERT INTO event VALUES(8589934594,1,1795656739366,NULL,'{"holder":"worker-a","host":"host-1","pid":101,"token":1}');
INSERT INTO event VALUES(8589934595,10,1795656739369,'gather','{"attempt":1}');
INSERT INTO event VALUES(8589934596,11,1795656739369,'gather','{"attempt":1,"ms":5}');
INSERT INTO event VALUES(8589934597,6,1795656739370,NULL,'{"reason":null,"error":{"name":"Error","message":"boom"}}');
INSERT INTO event VALUES(12884901889,0,1795656739371,NULL,'{"workflow":"brief","version":"1","owner":null}');
INSERT INTO event VALUES(12884901890,1,1795656739371,NULL,'{"holder":"worker-a","host":"host-1","pid":101,"token":1}');
INSERT INTO event VALUES(12884901891,7,1795656739372,NULL,'{"reason":"enough"}');
INSERT INTO event VALUES(17179869185,0,1795656739373,NULL,'{"workflow":"brief","version":"1","owner":"ada"}');
INSERT INTO event VALUES(17179869186,1,1795656739373,NULL,'{"holder":"worker-a","host":"host-1","pid":101,"token":1}');
INSERT INTO event VALUES(17179869187,10,1795656739374,'gather','{"attempt":1}');
INSERT INTO event VALUES(17179869188,11,1795656739375,'gather','{"attempt":1,"ms":5}');
INSERT INTO event VALUES(17179869189,2,1795656739376,NULL,'{"reason":"through"}');
INSERT INTO event VALUES(21474836481,0,1795656739377,NULL,'{"workflow":"brief","version":"1","owner":null}');
INSERT INTO event VALUES(21474836482,1,1795656739377,NULL,'{"holder":"worker-a","host":"host-1","pid":101,"token":1}');
INSERT INTO event VALUES(21474836483,10,1795656739378,'gather','{"attempt":1}');
INSERT INTO event VALUES(21474836484,11,1795656739379,'gather','{"attempt":1,"ms":5}');
INSERT INTO event VALUES(25769803777,0,1795656739379,NULL,'{"workflow":"other","version":"1","owner":null}');
CREATE TABLE event_type (type INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO event_type VALUES(0,'run.created');
INSERT INTO event_type VALUES(1,'run.claimed');
INSERT INTO event_type VALUES(2,'run.paused');
INSERT INTO event_type VALUES(3,'run.resumed');
INSERT INTO event_type VALUES(4,'run.recovered');
INSERT INTO event_type VALUES(5,'run.completed');
INSERT INTO event_type VALUES(6,'run.failed');
INSERT INTO event_type VALUES(7,'run.cancelled');
INSERT INTO event_type VALUES(8,'run.restarted');
INSERT INTO event_type VALUES(9,'run.handed_back');
INSERT INTO event_type VALUES(10,'stage.started');
INSERT INTO event_type VALUES(11,'stage.completed');
INSERT INTO event_type VALUES(12,'stage.failed');
INSERT INTO event_type VALUES(13,'stage.retrying');
INSERT INTO event_type VALUES(14,'checkpoint.saved');
INSERT INTO event_type VALUES(15,'gate.checked');
INSERT INTO event_type VALUES(16,'artifact.written');
INSERT INTO event_type VALUES(17,'lease.lost');
INSERT INTO event_type VALUES(18,'map.committed');
INSERT INTO event_type VALUES(19,'budget.reached');
INSERT INTO event_type VALUES(20,'drift.accepted');
INSERT INTO event_type VALUES(21,'log');
CREATE TABLE checkpoint (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, generation INTEGER NOT NULL, attempt INTEGER NOT NULL,
  saved_at INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (run_k, stage)) STRICT;
INSERT INTO checkpoint VALUES(1,'write',1,1,1795656739357,'{"page":3}');
CREATE TABLE artifact (
  artifact_k INTEGER PRIMARY KEY, run_k INTEGER NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL,
  attempt INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  written_at INTEGER NOT NULL) STRICT;
INSERT INTO artifact VALUES(1,1,1,'gather',1,'notes.txt','abababababababababababababababababababababababababababababababab',12,1795656739358);
CREATE TABLE resource_lease (
  name TEXT PRIMARY KEY, run_k INTEGER NOT NULL, token INTEGER NOT NULL, nonce TEXT NOT NULL,
  resource_token INTEGER NOT NULL) STRICT;
INSERT INTO resource_lease VALUES('duck.db',1,1,'yXf0zOjel0LSFzES',1);
CREATE TABLE resource_counter (id INTEGER PRIMARY KEY CHECK (id = 1), last_token INTEGER NOT NULL) STRICT;
INSERT INTO resource_counter VALUES(1,1);
CREATE TABLE dataset (
  dataset_k INTEGER PRIMARY KEY, name TEXT NOT NULL,
  version INTEGER,                             -- null while it is being read
  path TEXT, size_bytes INTEGER, file_sha256 TEXT, content_sha256 TEXT, shape_sha256 TEXT, key_columns TEXT,
  row_count INTEGER, skipped TEXT, repin_reason TEXT, ingested_at INTEGER) STRICT;
CREATE TABLE dataset_item (
  dataset_k INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL, row_sha256 BLOB NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (dataset_k, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE map_config (config_k INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, json TEXT) STRICT;
INSERT INTO map_config VALUES(1,'c1','{}');
CREATE TABLE map (
  map_k INTEGER PRIMARY KEY, run_k INTEGER NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL,
  config_k INTEGER NOT NULL, source_digest TEXT NOT NULL, total INTEGER,
  ok_count INTEGER NOT NULL DEFAULT 0, error_count INTEGER NOT NULL DEFAULT 0,
  cost_usd REAL NOT NULL DEFAULT 0, reserved_usd REAL NOT NULL DEFAULT 0,
  low_water INTEGER NOT NULL DEFAULT 0, intent_count INTEGER NOT NULL DEFAULT 0, intent_low INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL, finished_at INTEGER) STRICT;
INSERT INTO map VALUES(1,1,1,'write',1,'iterable',2,1,0,0.3000000000000000444,0.0,1,2,2,1795656739359,NULL);
CREATE TABLE item_result (
  map_k INTEGER NOT NULL, key TEXT NOT NULL, idx INTEGER NOT NULL,
  outcome INTEGER NOT NULL,                    -- 1 ok, 0 error
  category TEXT, config_k INTEGER NOT NULL, attempt INTEGER NOT NULL, item_sha256 BLOB, cost_usd REAL NOT NULL,
  started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, usage TEXT, error TEXT, first_error TEXT, output TEXT,
  PRIMARY KEY (map_k, key)) STRICT, WITHOUT ROWID;
INSERT INTO item_result VALUES(1,'a',0,1,NULL,1,1,NULL,0.2000000000000000111,1795656739358,1795656739361,NULL,NULL,NULL,'1');
CREATE TABLE item_attempt (
  map_k INTEGER NOT NULL, n INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL, PRIMARY KEY (map_k, n)) STRICT, WITHOUT ROWID;
INSERT INTO item_attempt VALUES(1,0,0,'a',1,1795656739361);
INSERT INTO item_attempt VALUES(1,1,1,'b',1,1795656739361);
CREATE TABLE item_failure (
  map_k INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL, finished_at INTEGER NOT NULL,
  category TEXT NOT NULL, cost_usd REAL NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (map_k, key, attempt)) STRICT, WITHOUT ROWID;
INSERT INTO item_failure VALUES(1,'b',1,1795656739361,'timeout',0.10000000000000000555,'{"name":"E","message":"late"}');
CREATE TABLE paid_result (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, key TEXT NOT NULL, config_hash TEXT NOT NULL, item_sha256 BLOB,
  output TEXT, cost_usd REAL NOT NULL, usage TEXT, saved_at INTEGER NOT NULL,
  PRIMARY KEY (run_k, stage, key, config_hash)) STRICT, WITHOUT ROWID;
INSERT INTO paid_result VALUES(1,'write','b','c1',NULL,'2',0.29999999999999998889,NULL,1795656739363);
CREATE INDEX definition_of ON definition(workflow_k);
CREATE INDEX run_workflow ON run(workflow_k, run_k);
CREATE INDEX run_owner ON run(owner, run_k) WHERE owner IS NOT NULL;
CREATE INDEX run_final ON run(final_status, run_k) WHERE final_status IS NOT NULL;
CREATE UNIQUE INDEX run_idempotency ON run(workflow_k, idempotency_key, coalesce(owner, ''))
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX live_queued ON run_live(workflow_k, wake_at, run_k) WHERE phase = 0;
CREATE INDEX live_running ON run_live(run_k) WHERE phase = 1;
CREATE INDEX live_paused ON run_live(run_k) WHERE phase = 2;
CREATE INDEX live_waking ON run_live(wake_at) WHERE phase = 2 AND wake_at IS NOT NULL;
CREATE UNIQUE INDEX artifact_of ON artifact(run_k, stage, attempt, name);
CREATE VIEW run_progress AS
SELECT r.run_id, w.name AS workflow,
       coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' ELSE 'paused' END) AS status,
       coalesce(l.items_done, r.items_done, l.stages_done, r.stages_done) AS items_done,
       CASE WHEN coalesce(l.items_done, r.items_done) IS NULL THEN d.stage_count
            ELSE coalesce(l.items_total, r.items_total) END AS items_total,
       coalesce(l.items_failed, r.items_failed, 0) AS items_failed, coalesce(l.updated_at, r.updated_at) AS updated_at,
       l.eta_low_at, l.eta_high_at
  FROM run r JOIN workflow w ON w.workflow_k = r.workflow_k JOIN definition d USING (definition_k) LEFT JOIN run_live l USING (run_k);
CREATE UNIQUE INDEX dataset_version ON dataset(name, version);
CREATE UNIQUE INDEX dataset_item_key ON dataset_item(dataset_k, key);
CREATE UNIQUE INDEX map_of ON map(run_k, generation, stage);
CREATE INDEX item_error ON item_result(map_k, category, key) WHERE outcome = 0;
COMMIT;
PRAGMA application_id = 1212957766; PRAGMA user_version = 2;
