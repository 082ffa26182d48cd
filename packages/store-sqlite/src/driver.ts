/**
 * The seam to SQLite itself: the few calls of node:sqlite's `DatabaseSync` that this store uses, and the choice of
 * who provides them: the built-in module where it exists (Node 24 and later, when its SQLite is new enough), else `@photostructure/sqlite`, which
 * has the same shape. Nothing else in this package names a driver.
 *
 * Traps: a prepared statement does not keep its connection alive; whoever holds statements holds the connection too.
 * And a closed connection is freed only when its last statement was collected (or its thread has ended), so `close`
 * alone neither closes the files nor folds the log: checkpoint first, and do not open connections just to look.
 */
export type SqlValue = string | number | bigint | null | Uint8Array;
export interface Statement {
  run(...values: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
  /** Not in every version. */
  serialize?(): Uint8Array;
  deserialize?(bytes: Uint8Array): void;
}

interface DatabaseConstructor {
  new (path: string, options?: { enableForeignKeyConstraints?: boolean; readOnly?: boolean }): Database;
}

/** Older versions can corrupt a WAL when it is reset while two connections write (fixed in 3.51.3). */
export const SQLITE_MIN = "3.51.3";

export function isTrustedSqlite(version: string): boolean {
  const [found, least] = [version, SQLITE_MIN].map((text) => text.split(".").map(Number));
  for (const [i, part] of (least ?? []).entries()) {
    if (found?.[i] !== part) return (found?.[i] ?? 0) > part;
  }
  return true;
}

/** `node:sqlite` is complete from Node 24 on; an old SQLite inside it is no reason to refuse, the package has its own. */
const BUILT_IN_SINCE = 24;

function chooseDriver(): "node:sqlite" | "@photostructure/sqlite" {
  const { node, sqlite = "0" } = process.versions as { node: string; sqlite?: string };
  const hasBuiltIn = Number(node.split(".")[0]) >= BUILT_IN_SINCE && isTrustedSqlite(sqlite);
  return hasBuiltIn ? "node:sqlite" : "@photostructure/sqlite";
}

/** The SQLite library of this process's stores. */
export const DRIVER = chooseDriver();

async function loadDriver(): Promise<DatabaseConstructor> {
  // Not a literal: the types of Node 20 do not know the built-in module.
  const driver: string = DRIVER;
  const module = driver === "node:sqlite" ? await import(driver) : await import("@photostructure/sqlite");
  return module.DatabaseSync as DatabaseConstructor;
}

const DatabaseSync = await loadDriver();

/** A bare connection, without any setting: use `openConnection` of `connection.ts`. */
export function openDatabase(path: string): Database {
  return new DatabaseSync(path, { enableForeignKeyConstraints: false });
}

/** Statements that are prepared once and run by their text. */
export interface Statements {
  /** How many rows were changed. */
  run(sql: string, ...values: SqlValue[]): number;
  get<T>(sql: string, ...values: SqlValue[]): T | undefined;
}
