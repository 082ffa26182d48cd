/** Detects a new store in place of a lost one: run folders exist, but the file that recorded them does not. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export interface LostStore {
  readonly file: string;
  readonly wasMissing: boolean;
  readonly runsFolder: string;
  readonly folderCount: number;
}

/** Must be called before the store is opened. Returns null if the file has content, or if there are no run folders. */
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
