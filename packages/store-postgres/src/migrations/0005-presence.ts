/**
 * Processes that take runs. Each holds an advisory lock under the number of its row as long as its connection lives, and writes
 * every second that it was here; a process without either is gone. Real time: no test moves this clock.
 */
export const PRESENCE_SQL = `
CREATE TABLE presence (
  presence_k int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, host text NOT NULL, pid bigint NOT NULL, boot_id text NOT NULL,
  pid_namespace text NOT NULL, process_start text NOT NULL, seen_at timestamptz NOT NULL) WITH (fillfactor = 50);
`;
