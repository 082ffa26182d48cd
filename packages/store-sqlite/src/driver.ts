/**
 * The seam to SQLite itself: the few calls of node:sqlite's `DatabaseSync` that this store uses, and the choice of
 * who provides them: the built-in module where it exists (Node 24 and later), else `@photostructure/sqlite`, which
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
}

interface DatabaseConstructor {
  new (path: string, options?: { enableForeignKeyConstraints?: boolean; readOnly?: boolean }): Database;
}

const builtInSince = 24;

async function loadDriver(): Promise<DatabaseConstructor> {
  const major = Number(process.versions.node.split(".")[0]);
  const driver = major >= builtInSince ? "node:sqlite" : "@photostructure/sqlite";
  const module = (await import(driver)) as { DatabaseSync: DatabaseConstructor };
  return module.DatabaseSync;
}

const DatabaseSync = await loadDriver();

/** A bare connection, without any setting: use `openConnection` of `connection.ts`. */
export function openDatabase(path: string): Database {
  return new DatabaseSync(path, { enableForeignKeyConstraints: false });
}
