/**
 * Looking after many runs: who did what, finished runs by age, what removed runs left behind, workers seen, counts of
 * supervision. From here on a live row's `boot_k` and `progress_at` are also set while nobody runs it: since when it rests.
 *
 * `audit` is apart from `run` on purpose: its entries outlive their runs. `purge` names the numbers of removed runs whose
 * rows are still there; no new run takes a number that is in it.
 */
export const MANAGEMENT_SQL = `
-- Has what cleanup, statistics and lists ask of finished runs, so that none of them reads the wide rows.
CREATE INDEX run_finished ON run(workflow_k, final_status, finished_at, run_k, owner) WHERE finished_at IS NOT NULL;

CREATE TABLE purge (run_k INTEGER PRIMARY KEY) STRICT;

-- AUTOINCREMENT: ids ascend even after every entry was removed for its age.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
  actor TEXT NOT NULL, via TEXT NOT NULL, request_id TEXT, action TEXT NOT NULL, reason TEXT,
  run_id TEXT, workflow TEXT, owner TEXT,
  before TEXT, after TEXT) STRICT;                              -- JSON: AuditState
CREATE INDEX audit_run ON audit(run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX audit_actor ON audit(actor, id);
CREATE INDEX audit_action ON audit(action, id);
CREATE INDEX audit_at ON audit(at);

-- One row per worker process that reported and has not ended well. seen_ms: of the boot's clock.
CREATE TABLE worker (
  holder_k INTEGER PRIMARY KEY, workflows TEXT NOT NULL, concurrency INTEGER NOT NULL, executing INTEGER NOT NULL,
  is_supervising INTEGER NOT NULL, last_scan_at INTEGER, started_at INTEGER NOT NULL, seen_at INTEGER NOT NULL,
  boot_k INTEGER NOT NULL, seen_ms INTEGER NOT NULL) STRICT;

CREATE TABLE supervised_count (outcome TEXT PRIMARY KEY, runs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO supervised_count VALUES ('recovered', 0), ('failed', 0);

-- Empty but within a probe's transaction, which asks the disk whether it takes a write.
CREATE TABLE probe (filler BLOB NOT NULL) STRICT;
`;
