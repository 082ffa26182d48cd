/** The folders of runs as the disk has them, whatever the records say. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isRunId, type RunId } from "@holdfast/core";

/** What is named like a run and is a folder itself: links and anything else are nobody's to remove. */
export async function listRunFolders(root: string): Promise<readonly RunId[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && isRunId(entry.name)).map(({ name }) => name as RunId);
}

/** When something came into the folder or one directly in it, or went; null where it is gone. */
export async function changedAt(folder: string): Promise<number | null> {
  const own = await lstat(folder).catch(() => null);
  if (own === null) return null;
  const inner = await readdir(folder).catch(() => []);
  const times = await Promise.all(
    inner.map((name) =>
      lstat(join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(own.mtimeMs, ...times);
}
