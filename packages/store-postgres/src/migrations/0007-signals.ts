/** Signals and questions, as in SQLite's `0025-signals.ts`. */
export const SIGNALS_SQL = `
CREATE TABLE signal (
  run_k bigint NOT NULL, n bigint NOT NULL, name text COLLATE "C" NOT NULL, payload text, idempotency_key text COLLATE "C",
  content_hash text NOT NULL, sent_at bigint NOT NULL, sent_by text NOT NULL,
  state smallint NOT NULL,                       -- 1 kept, 2 taken
  PRIMARY KEY (run_k, n));
CREATE INDEX signal_kept ON signal(run_k, n) WHERE state = 1;
CREATE UNIQUE INDEX signal_key ON signal(run_k, idempotency_key) WHERE idempotency_key IS NOT NULL;
ALTER TABLE wait ADD COLUMN subject text, ADD COLUMN question text, ADD COLUMN answer text;
CREATE INDEX wait_open ON wait(run_k, start_seq) WHERE state = 1;
CREATE INDEX wait_asks ON wait(opened_at) WHERE state = 1 AND kind = 'ask';
`;
