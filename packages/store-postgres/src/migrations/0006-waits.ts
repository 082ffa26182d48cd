/** Waits: stages that end by a condition. A row from the first call of the stage on; `run_live.phase` 3 is a run that only waits. */
export const WAITS_SQL = `
CREATE TABLE wait (
  run_k bigint NOT NULL, stage text COLLATE "C" NOT NULL, attempt bigint NOT NULL, generation bigint NOT NULL,
  start_seq bigint NOT NULL, holder_k bigint NOT NULL, kind text NOT NULL, opened_at bigint NOT NULL, due_at bigint,
  is_wall smallint NOT NULL,                     -- no difference here, where one clock tells everything
  state smallint NOT NULL,                       -- 0 dropped, 1 open, 2 settled
  closed_at bigint, PRIMARY KEY (run_k, stage, attempt));
CREATE INDEX wait_due ON wait(due_at) WHERE state = 1 AND due_at IS NOT NULL;
CREATE INDEX live_waiting ON run_live(run_k) WHERE phase = 3;
`;
