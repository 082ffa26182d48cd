/**
 * The datasets that a run's stages depend on, noted when they ask for them; and the rows of a file that a dataset leaves
 * out, so that a later look at the file does not take them for new ones.
 */
export const DATASET_USES_SQL = `
-- SHA-256 of the cells of each row that was left out, 32 bytes a row; null: not known (ingested by an earlier version).
ALTER TABLE dataset ADD COLUMN left_out BLOB;

-- A version below 0 has the rows of another as the schema of a \`dataset.open\` gave them.
CREATE TABLE dataset_use (
  use_k INTEGER PRIMARY KEY, run_k INTEGER NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL,
  attempt INTEGER NOT NULL,                    -- 0: by the items of a map, over all its attempts
  is_source INTEGER NOT NULL,                  -- 1: the items of the map are its rows
  name TEXT NOT NULL, content_sha256 TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX dataset_use_of ON dataset_use(run_k, generation, stage, name, content_sha256);

-- What runs of earlier versions recorded: the references that stand anywhere in a stage's own output.
INSERT OR IGNORE INTO dataset_use (run_k, generation, stage, attempt, is_source, name, content_sha256)
SELECT a.run_k, a.generation, a.stage, a.attempt, 0, o.value ->> '$.name', o.value ->> '$.digest'
  FROM attempt a, json_tree(CASE WHEN json_valid(a.output) THEN a.output ELSE 'null' END) o
 WHERE a.is_record = 1 AND a.output LIKE '%"kind":"dataset"%' AND o.type = 'object'
   AND o.value ->> '$.kind' = 'dataset' AND o.value ->> '$.stage' = a.stage
   AND o.value ->> '$.name' IS NOT NULL AND o.value ->> '$.digest' IS NOT NULL;
`;
