/** The way in for another process that is given the url of this module and its options: a worker's child process. */
import { openSqliteStore, type SqliteStoreOptions } from "./open.js";
import type { SqliteStore } from "./store.js";

export function openStore(options: unknown): Promise<SqliteStore> {
  return openSqliteStore(options as SqliteStoreOptions);
}
