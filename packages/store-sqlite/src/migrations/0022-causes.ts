/**
 * Causes of failures, by fingerprint: of each failed item and of each failed run, so that both are found by index. `run_cause` has
 * every run that had a failure of a cause at some time, as candidates in the order of a page. Failures recorded before are filled in
 * by `fillCauses`, since a fingerprint is no expression of SQL.
 */
export const CAUSES_SQL = `
ALTER TABLE item_result ADD COLUMN cause TEXT;
ALTER TABLE run ADD COLUMN cause TEXT;
CREATE INDEX item_cause ON item_result(map_k, cause, key) WHERE cause IS NOT NULL;
CREATE TABLE run_cause (
  cause TEXT NOT NULL, run_k INTEGER NOT NULL, PRIMARY KEY (cause, run_k)) STRICT, WITHOUT ROWID;
CREATE INDEX run_cause_of ON run_cause(run_k);
`;
