/**
 * Opening connections: the settings that every connection of this store has, and the check that the bundled SQLite is
 * one that can be trusted. A setting that matters is read back: a driver's build may have other defaults.
 */
import { StoreUnreachableError } from "@holdfast/core";
import { type Database, isTrustedSqlite, openDatabase, SQLITE_MIN } from "./driver.js";

/** 64 MiB: what the log may keep of its size after a checkpoint. */
const JOURNAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024;
/** Hot pages fit many times over: live rows, and the right edge of what is only ever appended. */
const WRITER_CACHE_KIB = 8 * 1024;
const READER_CACHE_KIB = 2 * 1024;

export type SyncLevel = "FULL" | "NORMAL";

/** `fill` puts in place what the database begins with, which would undo the settings. */
export function openConnection(
  file: string,
  role: "writer" | "reader" | "beats",
  sync: SyncLevel,
  fill: (db: Database) => void = () => {},
): Database {
  const db = openDatabase(file);
  try {
    checkVersion(db, file);
    fill(db);
    db.exec(`
      PRAGMA busy_timeout = 0;
      PRAGMA mmap_size = 0;
      PRAGMA cache_size = -${role === "writer" ? WRITER_CACHE_KIB : READER_CACHE_KIB};
      PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = ${JOURNAL_SIZE_LIMIT_BYTES};
      PRAGMA fullfsync = 1;
      PRAGMA checkpoint_fullfsync = 1;`);
    setSync(db, sync);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** How far a commit goes before it counts: FULL waits for the disk, NORMAL for the kernel. */
export function setSync(db: Database, sync: SyncLevel): void {
  db.exec(`PRAGMA synchronous = ${sync}`);
}

export function readPragma(db: Database, name: string): string | number {
  const row = db.prepare(`PRAGMA ${name}`).get() as Record<string, string | number> | undefined;
  return row === undefined ? "" : (Object.values(row)[0] ?? "");
}

function checkVersion(db: Database, file: string): void {
  const { version } = db.prepare("SELECT sqlite_version() AS version").get() as { version: string };
  if (isTrustedSqlite(version)) return;
  throw new StoreUnreachableError({
    location: file,
    problem: `SQLite ${version} can damage its log; at least ${SQLITE_MIN} is expected`,
  });
}
