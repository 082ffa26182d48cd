/** Settings that a store was made with, by name, as JSON; a file of an earlier version has none, so nothing changes for it. */
export const STORE_DEFAULTS_SQL = `
CREATE TABLE store_default (name TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
