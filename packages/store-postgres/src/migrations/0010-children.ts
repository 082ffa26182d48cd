/**
 * Parents and children. `parent_k`: the number of the run that started this one; `parent_rule`: 0 cancelled with it, 1 left alone,
 * 2 cancelled unless it completed. `life_from`: the generation of the last restart. `family_end`: runs that have ended, or begin
 * again, while children of theirs are still to be cancelled.
 *
 * Ends of runs with a parent or unfinished children are not for the batch: they change other runs too.
 */
import { CLAIM, COLUMNS, REPORTS } from "./0004-batches.js";

const TABLES = `
ALTER TABLE run ADD COLUMN parent_k bigint, ADD COLUMN parent_stage text COLLATE "C", ADD COLUMN parent_generation bigint,
  ADD COLUMN parent_rule smallint, ADD COLUMN life_from bigint NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX run_parent ON run(parent_k, parent_stage, parent_generation) WHERE parent_k IS NOT NULL;
CREATE TABLE family_end (run_k bigint PRIMARY KEY);
`;

const NO_KIN = `AND v.wish IS NULL
       AND NOT EXISTS (SELECT 1 FROM run s WHERE s.run_k = i.k AND s.parent_k IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM run c WHERE c.parent_k = i.k AND c.final_status IS NULL)`;

const OWN_COLUMNS = `${COLUMNS},
  (SELECT p.run_id FROM run p WHERE p.run_k = r.parent_k) AS parent_run_id, r.parent_stage AS parent_stage`;

export const CHILDREN_SQL = [
  TABLES,
  REPORTS.replace("reports_v4", "reports_v10").replace("AND v.wish IS NULL", NO_KIN),
  CLAIM.replace("claim_v4", "claim_v10").replace("@COLUMNS@", OWN_COLUMNS),
].join("\n");
