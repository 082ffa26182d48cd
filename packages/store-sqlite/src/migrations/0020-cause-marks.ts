/**
 * Causes of failures that people have dealt with, by fingerprint. `scope` is whose view the mark is in: a user's own, or '' for
 * everybody's.
 */
export const CAUSE_MARKS_SQL = `
CREATE TABLE cause_mark (
  scope TEXT NOT NULL, fingerprint TEXT NOT NULL, state TEXT NOT NULL, marked_by TEXT NOT NULL, marked_at INTEGER NOT NULL,
  note TEXT, PRIMARY KEY (scope, fingerprint)) STRICT, WITHOUT ROWID;
`;
