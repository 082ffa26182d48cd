/**
 * The tables. `run` is wide and cold: written when a run is made and when it ends. `run_live` is narrow and hot: a row while
 * the run is not finished; nothing that a heartbeat, a stage or an item changes is indexed, so that its updates stay on their page.
 */
export const TABLES_SQL = `
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint';
-- A member of a JSON text; null where the text is no JSON: what a foreign record has instead must not fail a sum over many.
CREATE FUNCTION json_field(text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
  'BEGIN RETURN $1::json ->> $2; EXCEPTION WHEN others THEN RETURN NULL; END';
CREATE TABLE workflow (workflow_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE definition (
  definition_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workflow_k bigint NOT NULL, version text, stages text,
  policy text NOT NULL, stage_count bigint);  -- stage_count null: not declared, or by a pattern
CREATE INDEX definition_of ON definition(workflow_k);
CREATE TABLE holder (
  holder_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, host text NOT NULL, pid bigint NOT NULL,
  boot_id text NOT NULL, pid_namespace text NOT NULL, process_start text NOT NULL,
  UNIQUE (name, host, pid, boot_id, pid_namespace, process_start));
CREATE TABLE run (
  run_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id text COLLATE "C" NOT NULL UNIQUE, workflow_k bigint NOT NULL,
  definition_k bigint NOT NULL, owner text COLLATE "C", idempotency_key text, idempotency_hash text, input text, given text, secrets text,
  forked_run_id text COLLATE "C", forked_stage text, code text, created_at bigint NOT NULL, last_error text, last_error_at bigint,
  -- From here on: null or unused until the run is finished, then copied from its live row.
  final_status text COLLATE "C", reason text, started_at bigint, updated_at bigint, finished_at bigint,
  output text, output_sha256 text, output_bytes bigint, error text,
  head bigint, token bigint, generation bigint, through text, recoveries bigint, deaths bigint, retries bigint,
  has_record smallint, stages_done bigint, items_done bigint, items_total bigint, items_failed bigint, items_per_s float8,
  label text, reached text);
CREATE UNIQUE INDEX run_id_lower ON run(lower(run_id));
CREATE INDEX run_workflow ON run(workflow_k, run_k);
CREATE INDEX run_owner ON run(owner, run_k) WHERE owner IS NOT NULL;
CREATE INDEX run_final ON run(final_status, run_k) WHERE final_status IS NOT NULL;
CREATE INDEX run_finished ON run(workflow_k, final_status, finished_at, run_k) WHERE finished_at IS NOT NULL;
CREATE INDEX run_forked ON run(forked_run_id) WHERE forked_run_id IS NOT NULL;
CREATE UNIQUE INDEX run_idempotency ON run(workflow_k, idempotency_key, coalesce(owner, '')) WHERE idempotency_key IS NOT NULL;
CREATE TABLE run_live (
  run_k bigint PRIMARY KEY, workflow_k bigint NOT NULL,
  phase smallint NOT NULL,                       -- 0 queued, 1 running (leased), 2 paused
  wake_at bigint,                                -- ms UTC: not claimed, or not resumed by itself, before it
  token bigint NOT NULL, nonce text, holder_k bigint, since bigint, lease_ms bigint, beat_at bigint, progress_at bigint,
  stall_ms bigint NOT NULL, next_seq bigint NOT NULL,
  wish text, wish_reason text, is_reopening smallint NOT NULL DEFAULT 0, through text, reason text,
  generation bigint NOT NULL DEFAULT 1, recoveries bigint NOT NULL DEFAULT 0, retries bigint NOT NULL DEFAULT 0,
  deaths bigint NOT NULL DEFAULT 0, in_company smallint NOT NULL DEFAULT 0, open_attempts bigint NOT NULL DEFAULT 0,
  has_record smallint NOT NULL DEFAULT 0, has_progressed smallint NOT NULL DEFAULT 0,
  started_at bigint, updated_at bigint NOT NULL, directive text, stages_done bigint NOT NULL DEFAULT 0,
  items_done bigint, items_total bigint, items_failed bigint, items_per_s float8, eta_low_at bigint, eta_high_at bigint,
  label text, reached text)
  WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX live_queued ON run_live(workflow_k, wake_at, run_k) WHERE phase = 0;
CREATE INDEX live_suspect ON run_live(workflow_k, wake_at, run_k) WHERE phase = 0 AND deaths > 0;
CREATE INDEX live_running ON run_live(run_k) WHERE phase = 1;
CREATE INDEX live_paused ON run_live(run_k) WHERE phase = 2;
CREATE INDEX live_waking ON run_live(wake_at) WHERE phase = 2 AND wake_at IS NOT NULL;
-- A row a change, summed when read and folded by the cleanup: one row would make all ends of runs wait for each other.
CREATE TABLE run_count (status text NOT NULL, runs bigint NOT NULL);
CREATE TABLE supervised_count (outcome text NOT NULL, runs bigint NOT NULL);
CREATE TABLE attempt_row (
  run_k bigint NOT NULL, stage text COLLATE "C" NOT NULL, attempt bigint NOT NULL, generation bigint NOT NULL,
  start_seq bigint NOT NULL,                     -- the number of its stage.started: the order of starts
  status text NOT NULL, is_record smallint NOT NULL DEFAULT 0,
  is_counted smallint NOT NULL DEFAULT 1,        -- 0: a failure from before the stage was reopened
  holder_k bigint NOT NULL, started_at bigint NOT NULL, finished_at bigint, inputs_hash text,
  error text, output_sha256 text, output_bytes bigint, output text, label text,
  PRIMARY KEY (run_k, stage, attempt)) WITH (fillfactor = 90);
CREATE TABLE event_row (
  run_k bigint NOT NULL, seq bigint NOT NULL, type smallint NOT NULL, at bigint NOT NULL, stage text, body text,
  PRIMARY KEY (run_k, seq));
CREATE TABLE checkpoint (
  run_k bigint NOT NULL, stage text COLLATE "C" NOT NULL, generation bigint NOT NULL, attempt bigint NOT NULL,
  saved_at bigint NOT NULL, json text NOT NULL, PRIMARY KEY (run_k, stage));
CREATE TABLE artifact (
  artifact_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_k bigint NOT NULL, generation bigint NOT NULL, stage text NOT NULL,
  attempt bigint NOT NULL, name text NOT NULL, sha256 text NOT NULL, size_bytes bigint NOT NULL, written_at bigint NOT NULL,
  UNIQUE (run_k, stage, attempt, name));
CREATE TABLE resource_lease (
  name text COLLATE "C" PRIMARY KEY, run_k bigint NOT NULL, token bigint NOT NULL, nonce text NOT NULL, resource_token bigint NOT NULL);
CREATE SEQUENCE resource_token;
CREATE TABLE dataset (
  dataset_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL,
  version bigint,                                -- null while it is being read
  path text COLLATE "C", size_bytes bigint, file_sha256 text, content_sha256 text, shape_sha256 text, key_columns text,
  row_count bigint, skipped text, change_reason text, ingested_at bigint, sheet text, left_out bytea,
  erased_count bigint NOT NULL DEFAULT 0, UNIQUE (name, version));
CREATE TABLE dataset_item (
  dataset_k bigint NOT NULL, idx bigint NOT NULL, key text COLLATE "C" NOT NULL, row_sha256 bytea NOT NULL, json text NOT NULL,
  PRIMARY KEY (dataset_k, idx));
CREATE UNIQUE INDEX dataset_item_key ON dataset_item(dataset_k, key);
CREATE TABLE dataset_use (
  use_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_k bigint NOT NULL, generation bigint NOT NULL, stage text NOT NULL,
  attempt bigint NOT NULL,                       -- 0: by the items of a map, over all its attempts
  is_source smallint NOT NULL,                   -- 1: the items of the map are its rows
  name text COLLATE "C" NOT NULL, content_sha256 text NOT NULL, UNIQUE (run_k, generation, stage, name, content_sha256));
CREATE INDEX dataset_use_by ON dataset_use(name, content_sha256, run_k);
CREATE TABLE map_config (config_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash text NOT NULL UNIQUE, json text);
CREATE TABLE map (
  map_k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_k bigint NOT NULL, generation bigint NOT NULL, stage text COLLATE "C" NOT NULL,
  config_k bigint NOT NULL, source_digest text NOT NULL, total bigint,
  ok_count bigint NOT NULL DEFAULT 0, error_count bigint NOT NULL DEFAULT 0,
  low_water bigint NOT NULL DEFAULT 0, intent_count bigint NOT NULL DEFAULT 0, intent_low bigint NOT NULL DEFAULT 0,
  started_at bigint NOT NULL, finished_at bigint, left_out bigint NOT NULL DEFAULT 0, absent bigint NOT NULL DEFAULT 0,
  cost_nanos bigint NOT NULL DEFAULT 0, unpriced_calls bigint NOT NULL DEFAULT 0, unpriced_tokens bigint NOT NULL DEFAULT 0,
  reserved_nanos bigint NOT NULL DEFAULT 0,
  budget_nanos bigint,                           -- as the newest opening declared it; null: none
  UNIQUE (run_k, generation, stage)) WITH (fillfactor = 50);
CREATE TABLE item_attempt (
  map_k bigint NOT NULL, n bigint NOT NULL, idx bigint NOT NULL, key text COLLATE "C" NOT NULL, attempt bigint NOT NULL,
  started_at bigint NOT NULL, PRIMARY KEY (map_k, n));
CREATE TABLE item_page (
  map_k bigint NOT NULL, first_idx bigint NOT NULL,
  before text NOT NULL,                          -- digest of the keys before first_idx, in order
  keys text NOT NULL,                            -- JSON list
  PRIMARY KEY (map_k, first_idx));
CREATE TABLE item_left_out (map_k bigint NOT NULL, key text COLLATE "C" NOT NULL, PRIMARY KEY (map_k, key));
CREATE TABLE item_result (
  map_k bigint NOT NULL, key text COLLATE "C" NOT NULL, idx bigint NOT NULL,
  outcome smallint NOT NULL,                     -- 1 ok, 0 error
  category text COLLATE "C", config_k bigint NOT NULL, attempt bigint NOT NULL, item_sha256 bytea,
  cost_nanos bigint NOT NULL, unpriced_calls bigint NOT NULL, unpriced_tokens bigint NOT NULL,
  started_at bigint NOT NULL, finished_at bigint NOT NULL, usage text, error text, first_error text, output text, label text,
  PRIMARY KEY (map_k, key));
CREATE INDEX item_error ON item_result(map_k, category, key) WHERE outcome = 0;
CREATE TABLE item_failure (
  map_k bigint NOT NULL, key text COLLATE "C" NOT NULL, attempt bigint NOT NULL, finished_at bigint NOT NULL, category text NOT NULL,
  cost_nanos bigint NOT NULL, unpriced_calls bigint NOT NULL, unpriced_tokens bigint NOT NULL, error text NOT NULL,
  PRIMARY KEY (map_k, key, attempt));
CREATE TABLE paid_result (
  run_k bigint NOT NULL, stage text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, config_hash text NOT NULL, item_sha256 bytea,
  cost_nanos bigint NOT NULL, unpriced_calls bigint NOT NULL, unpriced_tokens bigint NOT NULL,
  output text, usage text, saved_at bigint NOT NULL, PRIMARY KEY (run_k, stage, key, config_hash));
CREATE TABLE purge (run_k bigint PRIMARY KEY);
CREATE TABLE dataset_purge (dataset_k bigint PRIMARY KEY);
CREATE TABLE erased_key (
  name text NOT NULL, key_hash bytea NOT NULL,   -- SHA-256 over the salt, the dataset's name and the key
  erased_at bigint NOT NULL, PRIMARY KEY (name, key_hash));
CREATE TABLE erase_salt (salt bytea NOT NULL);
CREATE TABLE removed_sum (
  workflow_k bigint NOT NULL, status text NOT NULL, finished_at bigint NOT NULL, owner text NOT NULL, runs bigint NOT NULL,
  PRIMARY KEY (workflow_k, status, finished_at, owner));
CREATE INDEX removed_sum_exact ON removed_sum(finished_at) WHERE finished_at % 86400000 <> 0;
CREATE TABLE store_default (name text PRIMARY KEY, json text NOT NULL);
CREATE TABLE search_field (
  workflow_k bigint NOT NULL, field text COLLATE "C" NOT NULL,
  filled_to bigint NOT NULL,                     -- the runs up to this number have their values
  PRIMARY KEY (workflow_k, field));
CREATE TABLE run_field (
  field text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL, run_k bigint NOT NULL, PRIMARY KEY (field, value, run_k));
CREATE INDEX run_field_of ON run_field(run_k);
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at bigint NOT NULL, actor text COLLATE "C" NOT NULL, via text NOT NULL,
  request_id text, action text NOT NULL, reason text, run_id text COLLATE "C", workflow text, owner text, before text, after text);
CREATE INDEX audit_run ON audit(run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX audit_actor ON audit(actor, id);
CREATE INDEX audit_action ON audit(action, id);
CREATE INDEX audit_at ON audit(at);
CREATE TABLE worker (
  holder_k bigint PRIMARY KEY, workflows text NOT NULL, concurrency bigint NOT NULL, executing bigint NOT NULL,
  is_supervising smallint NOT NULL, last_scan_at bigint, started_at bigint NOT NULL, seen_at bigint NOT NULL);
CREATE TABLE cause_mark (
  scope text COLLATE "C" NOT NULL, fingerprint text COLLATE "C" NOT NULL, state text NOT NULL, marked_by text NOT NULL,
  marked_at bigint NOT NULL, note text, PRIMARY KEY (scope, fingerprint));
CREATE TABLE probe (filler bytea NOT NULL);
CREATE TABLE schema_version (version int NOT NULL, made_at bigint NOT NULL DEFAULT now_ms());
`;
