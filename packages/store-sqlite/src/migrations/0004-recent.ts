/**
 * Attempts under way, and those that ended lately, in one small table; what has ended stays in `attempt_row` and
 * `event_row`. The views `attempt` and `event` show both as one. See `sql/recent.ts`.
 *
 * What a commit costs is the pages it changes: the runs at work side by side share a few pages here, while each has pages
 * of its own in the tables of what lasts.
 */
import { eventCode } from "@holdfast/core";

/** The events that a row of recent_attempt stands for, as columns of the view `event`. */
const STARTED = `CAST((run_k << 32) | start_seq AS INTEGER) AS id, CAST(${eventCode("stage.started")} AS INTEGER) AS type,
       started_at AS at, stage, CAST('{"attempt":' || attempt || '}' AS TEXT) AS body, run_k, start_seq AS seq`;
const COMPLETED = `CAST((run_k << 32) | end_seq AS INTEGER) AS id, CAST(${eventCode("stage.completed")} AS INTEGER) AS type,
       finished_at AS at, stage, CAST('{"attempt":' || attempt || ',"ms":' || ms || '}' AS TEXT) AS body, run_k, end_seq AS seq`;

export const RECENT_SQL = `
ALTER TABLE attempt RENAME TO attempt_row;
ALTER TABLE event RENAME TO event_row;

-- A row stands for its events too: stage.started, and stage.completed when it has an end_seq.
CREATE TABLE recent_attempt (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL, generation INTEGER NOT NULL,
  start_seq INTEGER NOT NULL, status TEXT NOT NULL, is_record INTEGER NOT NULL DEFAULT 0,
  holder_k INTEGER NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER, end_seq INTEGER, ms INTEGER,
  inputs_hash TEXT, error TEXT, output_sha256 TEXT, output_bytes INTEGER, output TEXT,
  PRIMARY KEY (run_k, stage, attempt)) STRICT, WITHOUT ROWID;

-- What is under way in a file of an earlier version.
INSERT INTO recent_attempt (run_k, stage, attempt, generation, start_seq, status, holder_k, started_at, inputs_hash)
SELECT run_k, stage, attempt, generation, start_seq, status, holder_k, started_at, inputs_hash
  FROM attempt_row WHERE status = 'running';
DELETE FROM event_row WHERE id IN (SELECT (run_k << 32) | start_seq FROM recent_attempt);
DELETE FROM attempt_row WHERE status = 'running';

-- Columns of equal affinity (hence the casts): else a condition on a view does not reach the keys of its tables.
CREATE VIEW attempt AS
SELECT run_k, stage, attempt, generation, start_seq, status, is_record, is_counted, holder_k, started_at, finished_at,
       inputs_hash, error, output_sha256, output_bytes, output FROM attempt_row
UNION ALL
SELECT run_k, stage, attempt, generation, start_seq, status, is_record, CAST(1 AS INTEGER), holder_k, started_at, finished_at,
       inputs_hash, error, output_sha256, output_bytes, output FROM recent_attempt;
CREATE VIEW event AS
SELECT id, type, at, stage, body, run_k, seq FROM event_row
UNION ALL
SELECT ${STARTED} FROM recent_attempt
UNION ALL
SELECT ${COMPLETED} FROM recent_attempt WHERE end_seq IS NOT NULL;
`;
