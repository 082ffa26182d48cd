/**
 * The end of datasets: who reads a version, versions that are being removed, and keys that were erased.
 *
 * An erased key is known by a hash under a salt of this store alone, so that the tombstone does not name it and two stores
 * cannot be compared. Positions of erased rows stay empty: `row_count` goes on counting them, `erased_count` says how many.
 */
export const DATASET_ENDS_SQL = `
CREATE INDEX dataset_use_by ON dataset_use(name, content_sha256, run_k);

-- Removed datasets whose rows are still there; no new dataset takes a number that is in it.
CREATE TABLE dataset_purge (dataset_k INTEGER PRIMARY KEY) STRICT;

ALTER TABLE dataset ADD COLUMN erased_count INTEGER NOT NULL DEFAULT 0;
CREATE TABLE erased_key (
  name TEXT NOT NULL, key_hash BLOB NOT NULL,  -- SHA-256 over the salt, the dataset's name and the key
  erased_at INTEGER NOT NULL, PRIMARY KEY (name, key_hash)) STRICT, WITHOUT ROWID;
CREATE TABLE erase_salt (id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL) STRICT;
INSERT INTO erase_salt VALUES (1, randomblob(32));
`;
