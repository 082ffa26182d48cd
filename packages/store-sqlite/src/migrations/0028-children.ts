/**
 * Parents and children. `parent_k`: the number of the run that started this one; `parent_rule`: 0 cancelled with it, 1 left alone,
 * 2 cancelled unless it completed. `life_from`: the generation of the last restart. `family_end`: runs that have ended, or begin
 * again, while children of theirs are still to be cancelled.
 */
export const CHILDREN_SQL = `
ALTER TABLE run ADD COLUMN parent_k INTEGER;
ALTER TABLE run ADD COLUMN parent_stage TEXT;
ALTER TABLE run ADD COLUMN parent_generation INTEGER;
ALTER TABLE run ADD COLUMN parent_rule INTEGER;
ALTER TABLE run ADD COLUMN life_from INTEGER NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX run_parent ON run(parent_k, parent_stage, parent_generation) WHERE parent_k IS NOT NULL;
CREATE TABLE family_end (run_k INTEGER PRIMARY KEY) STRICT;
`;
