// Files written whole or not at all: to a temporary name in the same folder, fsynced, then renamed.
// A crash leaves at most a `.tmp` file beside the target, never half a target. Nothing else is promised:
// two writers of one target both succeed, and the later rename wins.
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Write a file through a callback; the target appears, complete, only when the callback has succeeded.
 *
 * *Writes*: creates missing folders; replaces an existing target in one step; on failure or abort the temporary
 * file is removed and the old target, if any, is untouched.
 */
export async function writeWholeFile<T>(
  target: string,
  write: (temporary: { readonly path: string; readonly handle: FileHandle }) => Promise<T>,
): Promise<T> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `.${basename(target)}.${randomUUID()}.tmp`);
  const handle = await open(path, "wx+"); // fails if it exists: never write into someone else's file
  let result: T;
  try {
    result = await write({ path, handle });
    await handle.sync();
    await handle.close();
    await rename(path, target);
  } catch (error) {
    await handle.close().catch(() => undefined); // may be closed already; the first error is the one that matters
    await rm(path, { force: true });
    throw error;
  }
  await syncFolder(folder);
  return result;
}

/** Bytes gathered before they are written: large enough to make system calls rare, small enough to stay flat. */
const WRITE_CHARS = 256 * 1024;

/** Write text piece by piece, in constant memory. Resolves to the bytes written. */
export async function writeWholeText(
  target: string,
  pieces: Iterable<string> | AsyncIterable<string>,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<{ bytes: number }> {
  return writeWholeFile(target, async ({ handle }) => {
    let pending = "";
    let bytes = 0;
    const flush = async () => {
      const buffer = Buffer.from(pending, "utf8");
      pending = "";
      await handle.appendFile(buffer); // unlike write(), never partial
      bytes += buffer.length;
    };
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      pending += piece;
      if (pending.length >= WRITE_CHARS) await flush();
    }
    await flush();
    return { bytes };
  });
}

/** The rename itself must survive a power cut. Windows has no folder handles; there the file system's journal must do. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
