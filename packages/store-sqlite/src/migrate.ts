/**
 * Bringing a file to today's schema. Ten processes may open a new file at once: one of them applies the steps under
 * the write lock, the others wait without blocking their event loop and then find them done.
 */
import { NEW_STORE_RETENTION, StoreCorruptError, StoreTooNewError, StoreUnreachableError } from "@holdfast/core";
import { readPragma } from "./connection.js";
import type { Database, SqlValue, Statement } from "./driver.js";
import { CAUSES_VERSION, fillCauses } from "./migrations/fill-causes.js";
import { FRESH_SQL, FRESH_VERSION } from "./migrations/fresh.js";
import { APPLICATION_ID, MIGRATIONS } from "./migrations/index.js";

const SCHEMA_VERSION = MIGRATIONS.length;

/** @throws the driver's busy error while another process holds the lock: the caller waits and calls again. */
export function migrate(db: Database, location: string): void {
  checkOwner(db, location);
  if (readPragma(db, "journal_mode") !== "wal" && readPragma(db, "journal_mode = WAL") !== "wal") {
    throw new StoreUnreachableError({ location, problem: "its disk cannot hold a write-ahead log" });
  }
  if (readPragma(db, "user_version") === SCHEMA_VERSION) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Asked again under the lock: another process may have been quicker.
    checkOwner(db, location);
    applySteps(db);
    db.exec("COMMIT");
  } catch (error) {
    rollBack(db);
    throw error;
  }
  foldLog(db);
}

/** Never throws: what made it necessary is what the caller must hear of. */
function rollBack(db: Database): void {
  try {
    db.exec("ROLLBACK");
  } catch {
    // A failed write or commit has rolled back already.
  }
}

/** So that a store in which nothing was written yet is one file. When others are at work, their writer does it later. */
function foldLog(db: Database): void {
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // Busy, or the disk is full: nothing is lost, the log stays.
  }
}

export function migrateInMemory(db: Database): void {
  applySteps(db);
}

/** An empty store; null until one was made in this process. */
let empty: Uint8Array | null = null;

/** As `migrateInMemory`. Tests open thousands of such stores, and a copy of the first takes a seventh of the time that the steps do. */
export function makeStoreInMemory(db: Database): void {
  if (empty !== null && db.deserialize !== undefined) {
    db.deserialize(empty);
    return;
  }
  migrateInMemory(db);
  empty = db.serialize?.() ?? null;
}

function applySteps(db: Database): void {
  const done = Number(readPragma(db, "user_version"));
  // A new file needs none of the way that older ones have to go.
  const steps = done === 0 ? [FRESH_SQL, ...MIGRATIONS.slice(FRESH_VERSION)] : MIGRATIONS.slice(done);
  for (const sql of steps) db.exec(sql);
  if (done > 0 && done < CAUSES_VERSION) {
    const statements = new Map<string, Statement>();
    const prepare = (sql: string) => {
      const statement = statements.get(sql) ?? db.prepare(sql);
      statements.set(sql, statement);
      return statement;
    };
    fillCauses({
      run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
      all: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).all(...values) as T[],
    });
  }
  if (done === 0) writeDefaults(db);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; PRAGMA application_id = ${APPLICATION_ID}`);
}

/** What a store begins with that older files do not get: not of the steps, which both of them go. */
export function writeDefaults(db: Database): void {
  const insert = db.prepare("INSERT INTO store_default (name, json) VALUES ('retention', ?)");
  insert.run(JSON.stringify(NEW_STORE_RETENTION));
}

function checkOwner(db: Database, location: string): void {
  // One statement, so one look: another process may be creating the tables right now.
  const found = db
    .prepare(
      `SELECT (SELECT count(*) FROM sqlite_schema) AS tables,
              (SELECT application_id FROM pragma_application_id) AS applicationId,
              (SELECT user_version FROM pragma_user_version) AS version`,
    )
    .get() as { tables: number; applicationId: number; version: number };
  const { tables, applicationId, version } = found;
  const isNew = tables === 0 && applicationId === 0;
  if (!isNew && applicationId !== APPLICATION_ID) {
    throw new StoreCorruptError({ location, problem: "the file is an SQLite database, but not a Holdfast store" });
  }
  if (version > SCHEMA_VERSION) throw new StoreTooNewError({ location, found: version, known: SCHEMA_VERSION });
}
