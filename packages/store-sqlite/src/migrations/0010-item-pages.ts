/**
 * What a map took from an iterable: the keys of the pages that are not done, with a digest of all keys before each; and the
 * items that a resume left out, or kept though the iterable has them no more.
 */
export const ITEM_PAGES_SQL = `
CREATE TABLE item_page (
  map_k INTEGER NOT NULL, first_idx INTEGER NOT NULL,
  before TEXT NOT NULL,                        -- digest of the keys before first_idx, in order
  keys TEXT NOT NULL,                          -- JSON list
  PRIMARY KEY (map_k, first_idx)) STRICT, WITHOUT ROWID;
CREATE TABLE item_left_out (map_k INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (map_k, key)) STRICT, WITHOUT ROWID;
ALTER TABLE map ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE map ADD COLUMN absent INTEGER NOT NULL DEFAULT 0;
`;
