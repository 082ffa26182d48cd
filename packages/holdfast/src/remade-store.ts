/** A new store made where an old one seems to be lost: run folders are there, and the file that knew of them is not. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A sentence for people when opening `file` will make an empty store beside run folders in `dataDir`; else null. */
export async function warnOfRemadeStore(file: string, dataDir: string): Promise<string | null> {
  if (file === ":memory:") return null;
  const found = await stat(file).catch(() => null);
  if (found !== null && found.size > 0) return null;
  const folders = await readdir(join(dataDir, "runs"), { withFileTypes: true }).catch(() => []);
  const count = folders.filter((folder) => folder.isDirectory()).length;
  if (count === 0) return null;
  const state = found === null ? "was missing" : "was empty";
  const runs = count === 1 ? "the folder of 1 run" : `the folders of ${count} runs`;
  return (
    `The store ${file} ${state}, so Holdfast made a new one without runs. ${join(dataDir, "runs")} still holds ${runs}: ` +
    "if the store should have known them, stop here, put its file or its newest backup back, and start again."
  );
}
