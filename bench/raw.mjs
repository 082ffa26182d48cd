/**
 * The limits of the same disk and the same driver in the same run: what a bare loop over SQLite reaches at full durability
 * (WAL, synchronous FULL), without threads, fences or events.
 */
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { perSecond, scratch, seconds } from "./measure.mjs";

function open(folder) {
  const db = new DatabaseSync(join(folder, "raw.db"));
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536");
  return db;
}

/** One small row, one commit, one wait for the disk: how often a second. */
export function singleCommits(ms = 2_000) {
  const { folder, remove } = scratch("raw-single");
  const db = open(folder);
  db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, stage TEXT, output TEXT)");
  const insert = db.prepare("INSERT INTO t (stage, output) VALUES (?, ?)");
  const since = performance.now();
  let count = 0;
  while (seconds(since) < ms) {
    insert.run("stage-17", "1");
    count++;
  }
  const rate = perSecond(count, seconds(since));
  db.close();
  remove();
  return rate;
}

/** Small rows, `perCommit` to a commit: rows a second. */
export function batchedInserts(perCommit, rows = 200_000) {
  const { folder, remove } = scratch("raw-batch");
  const db = open(folder);
  db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, stage TEXT, output TEXT)");
  const insert = db.prepare("INSERT INTO t (stage, output) VALUES (?, ?)");
  const since = performance.now();
  for (let at = 0; at < rows; at += perCommit) {
    db.exec("BEGIN IMMEDIATE");
    for (let i = 0; i < perCommit; i++) insert.run("stage-17", "1");
    db.exec("COMMIT");
  }
  const rate = perSecond(rows, seconds(since));
  db.close();
  remove();
  return rate;
}

/** The two rows of an item of a map (intent and result) with their keys, `perCommit` items to a commit: items a second. */
export function itemRows(perCommit, items = 42_000) {
  const { folder, remove } = scratch("raw-items");
  const db = open(folder);
  db.exec(`CREATE TABLE item_attempt (map_k INTEGER NOT NULL, n INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL,
             attempt INTEGER NOT NULL, started_at INTEGER NOT NULL, PRIMARY KEY (map_k, n)) STRICT, WITHOUT ROWID;
           CREATE TABLE item_result (map_k INTEGER NOT NULL, key TEXT NOT NULL, idx INTEGER NOT NULL, outcome INTEGER NOT NULL,
             category TEXT, config_k INTEGER NOT NULL, attempt INTEGER NOT NULL, item_sha256 BLOB,
             cost_nanos INTEGER NOT NULL, unpriced_calls INTEGER NOT NULL, unpriced_tokens INTEGER NOT NULL,
             started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, usage TEXT, error TEXT, first_error TEXT, output TEXT,
             PRIMARY KEY (map_k, key)) STRICT, WITHOUT ROWID`);
  const intent = db.prepare("INSERT INTO item_attempt VALUES (1, ?, ?, ?, 1, ?)");
  const result = db.prepare(
    "INSERT INTO item_result VALUES (1, ?, ?, 1, NULL, 1, 1, NULL, 0, 0, 0, ?, ?, NULL, NULL, NULL, ?)",
  );
  const since = performance.now();
  for (let at = 0; at < items; at += perCommit) {
    db.exec("BEGIN IMMEDIATE");
    for (let i = at; i < at + perCommit; i++) {
      const key = `item-${String(i).padStart(8, "0")}`;
      const now = Date.now();
      intent.run(i, i, key, now);
      result.run(key, i, now, now, "1");
    }
    db.exec("COMMIT");
  }
  const rate = perSecond(items, seconds(since));
  db.close();
  remove();
  return rate;
}
