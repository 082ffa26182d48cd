/**
 * Search fields: which fields of the input a workflow's runs are found by, and the values of each run. Declared at first use;
 * runs of before are filled in from then on, up to `filled_to` so far.
 */
export const SEARCH_SQL = `
CREATE TABLE search_field (
  workflow_k INTEGER NOT NULL, field TEXT NOT NULL, path TEXT NOT NULL,        -- path: of JSON, below the input
  filled_to INTEGER NOT NULL,                  -- the runs up to this number have their values
  PRIMARY KEY (workflow_k, field)) STRICT, WITHOUT ROWID;
CREATE TABLE run_field (
  field TEXT NOT NULL, value TEXT NOT NULL, run_k INTEGER NOT NULL, PRIMARY KEY (field, value, run_k)) STRICT, WITHOUT ROWID;
CREATE INDEX run_field_of ON run_field(run_k);
`;
