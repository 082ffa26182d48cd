/**
 * Copies of a store while others write. A copy of a file is made by a thread with a connection of its own, from one
 * snapshot; it gets its name only when it is whole, and never replaces a file that is there.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { StoreCorruptError, WrongUseError } from "@holdfast/core";
import { openConnection } from "./connection.js";
import type { Database } from "./driver.js";
import { createPrivate } from "./file-checks.js";
import { checkFile } from "./sql/check-file.js";
import { receiveError, type SentError, toStoreError } from "./sqlite-errors.js";

/** In a thread of its own: a copy of a large file takes seconds. */
export async function backupFile(file: string, to: string): Promise<void> {
  refuseExisting(to);
  const url = new URL("./backup-thread.js", import.meta.url);
  const worker = new Worker(fileURLToPath(url), { workerData: { file, to }, execArgv: [], name: "holdfast-backup" });
  const error = await new Promise<SentError | null>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error(`The backup of ${file} ended without an answer.`)));
  });
  if (error !== null) throw receiveError(error);
}

/** On this thread, over a connection of its own. */
export function backupFromHere(file: string, to: string): void {
  const db = openConnection(file, "beats", "NORMAL");
  try {
    backupHere(db, file, to);
  } finally {
    db.close();
  }
}

/** Over the given connection, outside of any transaction. */
export function backupHere(db: Database, location: string, to: string): void {
  refuseExisting(to);
  const unfinished = `${to}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
  try {
    refuseDamaged(db, location);
    createPrivate(unfinished);
    db.prepare("VACUUM INTO ?").run(unfinished);
    const handle = openSync(unfinished, "r+");
    fsyncSync(handle);
    closeSync(handle);
    // A link, unlike a rename, fails where a file of that name has come up meanwhile.
    linkSync(unfinished, to);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") refuseExisting(to);
    throw toStoreError(thrown, location, 0);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** A copy of a damaged store is no backup: whoever keeps the newest few would rotate a good one out for it. */
function refuseDamaged(db: Database, location: string): void {
  const [first, ...more] = checkFile(db);
  if (first === undefined) return;
  const rest = more.length === 0 ? "" : `, and ${more.length} more`;
  throw new StoreCorruptError({ location, problem: `the store is damaged, so no backup was written: ${first}${rest}` });
}

function refuseExisting(to: string): void {
  if (existsSync(to)) throw new WrongUseError({ problem: `${to} exists; a backup never replaces a file.` });
}
