/**
 * Signals and questions. A signal is kept until a wait takes it; afterwards its row stays only where it had a key, without its
 * payload. `wait.subject`: the names of the signals that end it, as a JSON list, or the title of its question.
 */
export const SIGNALS_SQL = `
CREATE TABLE signal (
  run_k INTEGER NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL, payload TEXT, idempotency_key TEXT, content_hash TEXT NOT NULL,
  sent_at INTEGER NOT NULL, sent_by TEXT NOT NULL,
  state INTEGER NOT NULL,                      -- 1 kept, 2 taken
  PRIMARY KEY (run_k, n)) STRICT, WITHOUT ROWID;
CREATE INDEX signal_kept ON signal(run_k, n) WHERE state = 1;
CREATE UNIQUE INDEX signal_key ON signal(run_k, idempotency_key) WHERE idempotency_key IS NOT NULL;
ALTER TABLE wait ADD COLUMN subject TEXT;
ALTER TABLE wait ADD COLUMN question TEXT;
ALTER TABLE wait ADD COLUMN answer TEXT;
CREATE INDEX wait_open ON wait(run_k, start_seq) WHERE state = 1;
CREATE INDEX wait_asks ON wait(opened_at) WHERE state = 1 AND kind = 'ask';
INSERT OR IGNORE INTO event_type VALUES (24, 'signal.taken'), (25, 'question.answered'), (26, 'wait.timed_out');
`;
