/** The way in for another process that is given the url of this module and its options: a worker's child process. */
import { FileIdentity } from "./file-identity.js";
import { openSqliteStore } from "./open.js";
import type { ProcessOptions } from "./open-options.js";
import type { SqliteStore } from "./store.js";

/**
 * Opens the file that the parent has open, and no other: where it was moved away, opening would make a new, empty store, and
 * the child would work on that one beside its parent.
 * @throws {StoreLostError} STORE_LOST — the path leads to another file, or to none
 */
export async function openStore(options: unknown): Promise<SqliteStore> {
  const { fileIdentity, ...rest } = options as ProcessOptions;
  const identity = new FileIdentity(rest.file, fileIdentity);
  identity.check();
  const store = await openSqliteStore(rest);
  try {
    // It may have been moved away in between.
    identity.check();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
