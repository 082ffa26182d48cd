/**
 * Labels of the user's own, for stages and for items: text that is shown and never acted upon. Null where none was given, which
 * is nearly everywhere. The event `stage.started` has the label of its attempt.
 */
const EVENT_COLUMNS = "id, type, at, stage, body, run_k, seq";
const runIdOf = (table: string) => `(SELECT r.run_id FROM run r WHERE r.run_k = ${table}.run_k) AS run_id`;
/** The events that a row of recent_attempt stands for, as columns of the view `event`. */
const STARTED = `CAST((run_k << 32) | start_seq AS INTEGER) AS id, CAST(10 AS INTEGER) AS type,
       started_at AS at, stage, CAST('{"attempt":' || attempt || CASE WHEN label IS NULL THEN '' ELSE ',"label":' || json_quote(label) END || '}' AS TEXT) AS body, run_k, start_seq AS seq`;
const COMPLETED = `CAST((run_k << 32) | end_seq AS INTEGER) AS id, CAST(11 AS INTEGER) AS type,
       finished_at AS at, stage, CAST('{"attempt":' || attempt || ',"ms":' || ms || '}' AS TEXT) AS body, run_k, end_seq AS seq`;

export const LABELS_SQL = `
ALTER TABLE attempt_row ADD COLUMN label TEXT;
ALTER TABLE recent_attempt ADD COLUMN label TEXT;
ALTER TABLE item_result ADD COLUMN label TEXT;
DROP VIEW attempt;
CREATE VIEW attempt AS
SELECT run_k, stage, attempt, generation, start_seq, status, is_record, is_counted, holder_k, started_at, finished_at,
       inputs_hash, error, output_sha256, output_bytes, output, label FROM attempt_row
UNION ALL
SELECT run_k, stage, attempt, generation, start_seq, status, is_record, CAST(1 AS INTEGER), holder_k, started_at, finished_at,
       inputs_hash, error, output_sha256, output_bytes, output, label FROM recent_attempt;
DROP VIEW event;
CREATE VIEW event AS
SELECT ${EVENT_COLUMNS}, ${runIdOf("event_row")} FROM event_row
UNION ALL
SELECT ${STARTED}, ${runIdOf("recent_attempt")} FROM recent_attempt
UNION ALL
SELECT ${COMPLETED}, ${runIdOf("recent_attempt")} FROM recent_attempt WHERE end_seq IS NOT NULL;
`;
