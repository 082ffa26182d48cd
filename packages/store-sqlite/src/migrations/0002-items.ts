/**
 * Datasets, and the maps over them: one row an item, since users query them.
 *
 * `item_result` is the unique key of the durable map: one row for (map, key), and a map is one stage of one generation of
 * a run. `item_attempt` holds the intents, numbered per map and only ever appended; `item_failure` the attempts that
 * failed; a result names the attempt that gave it. Two inserts an item, no index besides the keys: the errors' index is
 * partial, since errors are few.
 */
export const ITEMS_SQL = `
CREATE TABLE dataset (
  dataset_k INTEGER PRIMARY KEY, name TEXT NOT NULL,
  version INTEGER,                             -- null while it is being read
  path TEXT, size_bytes INTEGER, file_sha256 TEXT, content_sha256 TEXT, shape_sha256 TEXT, key_columns TEXT,
  row_count INTEGER, skipped TEXT, repin_reason TEXT, ingested_at INTEGER) STRICT;
CREATE UNIQUE INDEX dataset_version ON dataset(name, version);

CREATE TABLE dataset_item (
  dataset_k INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL, row_sha256 BLOB NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (dataset_k, idx)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX dataset_item_key ON dataset_item(dataset_k, key);

-- Rows are never changed.
CREATE TABLE map_config (config_k INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, json TEXT) STRICT;

CREATE TABLE map (
  map_k INTEGER PRIMARY KEY, run_k INTEGER NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL,
  config_k INTEGER NOT NULL, source_digest TEXT NOT NULL, total INTEGER,
  ok_count INTEGER NOT NULL DEFAULT 0, error_count INTEGER NOT NULL DEFAULT 0,
  cost_usd REAL NOT NULL DEFAULT 0, reserved_usd REAL NOT NULL DEFAULT 0,
  low_water INTEGER NOT NULL DEFAULT 0, intent_count INTEGER NOT NULL DEFAULT 0, intent_low INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL, finished_at INTEGER) STRICT;
CREATE UNIQUE INDEX map_of ON map(run_k, generation, stage);

CREATE TABLE item_result (
  map_k INTEGER NOT NULL, key TEXT NOT NULL, idx INTEGER NOT NULL,
  outcome INTEGER NOT NULL,                    -- 1 ok, 0 error
  category TEXT, config_k INTEGER NOT NULL, attempt INTEGER NOT NULL, item_sha256 BLOB, cost_usd REAL NOT NULL,
  started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, usage TEXT, error TEXT, first_error TEXT, output TEXT,
  PRIMARY KEY (map_k, key)) STRICT, WITHOUT ROWID;
CREATE INDEX item_error ON item_result(map_k, category, key) WHERE outcome = 0;

CREATE TABLE item_attempt (
  map_k INTEGER NOT NULL, n INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL, PRIMARY KEY (map_k, n)) STRICT, WITHOUT ROWID;

CREATE TABLE item_failure (
  map_k INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL, finished_at INTEGER NOT NULL,
  category TEXT NOT NULL, cost_usd REAL NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (map_k, key, attempt)) STRICT, WITHOUT ROWID;

-- Paid answers that came after their lease was lost, until they are adopted.
CREATE TABLE paid_result (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, key TEXT NOT NULL, config_hash TEXT NOT NULL, item_sha256 BLOB,
  output TEXT, cost_usd REAL NOT NULL, usage TEXT, saved_at INTEGER NOT NULL,
  PRIMARY KEY (run_k, stage, key, config_hash)) STRICT, WITHOUT ROWID;
`;
