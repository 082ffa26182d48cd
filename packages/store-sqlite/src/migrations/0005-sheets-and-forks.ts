/**
 * The sheet that a dataset was read from, so that it can be verified without being told; the forks of a run, so that it is
 * not deleted under them.
 */
export const SHEETS_AND_FORKS_SQL = `
ALTER TABLE dataset ADD COLUMN sheet TEXT;
CREATE INDEX run_forked ON run(forked_run_id) WHERE forked_run_id IS NOT NULL;
`;
