/**
 * Sums of finished runs that a cleanup removed, so that statistics count them on: those that ended within the last days by
 * their instant, older ones by their day. An owner is "=" and the name, or empty where there is none.
 *
 * And since when a run's last error is its last.
 */
export const STATISTICS_SQL = `
CREATE TABLE removed_sum (
  workflow_k INTEGER NOT NULL, status TEXT NOT NULL, finished_at INTEGER NOT NULL, owner TEXT NOT NULL, runs INTEGER NOT NULL,
  PRIMARY KEY (workflow_k, status, finished_at, owner)) STRICT, WITHOUT ROWID;
-- Those that are to be summed by day once they are old enough.
CREATE INDEX removed_sum_exact ON removed_sum(finished_at) WHERE finished_at % 86400000 <> 0;

ALTER TABLE run ADD COLUMN last_error_at INTEGER;
`;
