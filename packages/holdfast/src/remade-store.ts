/** A new store made where an old one seems to be lost: run folders are there, and the file that knew of them is not. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export interface LostStore {
  readonly file: string;
  readonly wasMissing: boolean;
  readonly runsFolder: string;
  readonly folderCount: number;
}

/** Before the store is opened. Null where the file has content, or no run has left a folder. */
export async function findLostStore(file: string, dataDir: string): Promise<LostStore | null> {
  const found = await stat(file).catch(() => null);
  if (found !== null && found.size > 0) return null;
  const runsFolder = join(dataDir, "runs");
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  const folderCount = entries.filter((entry) => entry.isDirectory()).length;
  return folderCount === 0 ? null : { file, wasMissing: found === null, runsFolder, folderCount };
}

/** Emits a Node warning with the code HOLDFAST_STORE_REMADE. */
export function warnOfRemadeStore({ file, wasMissing, runsFolder, folderCount }: LostStore): void {
  const runs = folderCount === 1 ? "the folder of 1 run" : `the folders of ${folderCount} runs`;
  process.emitWarning(
    `The store ${file} was ${wasMissing ? "missing" : "empty"}, so Holdfast created a new one without runs. ${runsFolder} still ` +
      `contains ${runs}. If these runs should be in the store, stop here, restore its file or its newest backup, and start again.`,
    { type: "HoldfastWarning", code: "HOLDFAST_STORE_REMADE" },
  );
}
