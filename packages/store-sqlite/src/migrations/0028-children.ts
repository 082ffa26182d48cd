/**
 * Parents and children. `parent_k`: the number of the run that started this one; `parent_rule`: 0 cancelled with it, 1 left alone,
 * 2 cancelled unless it completed. `life_from`: the generation of the last restart. `family_end`: runs that have ended, or begin
 * again, while children of theirs are still to be cancelled. `continued_count`: generations that the run continued with since
 * `continued_since` without a record.
 */
export const CHILDREN_SQL = `
ALTER TABLE run ADD COLUMN parent_k INTEGER;
ALTER TABLE run ADD COLUMN parent_stage TEXT;
ALTER TABLE run ADD COLUMN parent_generation INTEGER;
ALTER TABLE run ADD COLUMN parent_rule INTEGER;
ALTER TABLE run ADD COLUMN life_from INTEGER NOT NULL DEFAULT 1;
ALTER TABLE run ADD COLUMN continued_since INTEGER;
ALTER TABLE run ADD COLUMN continued_count INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX run_parent ON run(parent_k, parent_stage, parent_generation) WHERE parent_k IS NOT NULL;
CREATE TABLE family_end (run_k INTEGER PRIMARY KEY) STRICT;
CREATE TABLE published (
  run_k INTEGER NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (run_k, key)) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO event_type VALUES (40, 'run.continued');
`;
