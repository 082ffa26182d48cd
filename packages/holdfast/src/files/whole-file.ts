/**
 * Files written whole or not at all: to a temporary name beside the target, synced, then renamed over it. A crash leaves at
 * most a `.tmp` file, never half a target. Two writers of one target both succeed, and the later rename wins.
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { WrongUseError } from "@holdfast/core";

/** Options of `writeWholeFile` and `writeWholeText`. */
export interface WholeFileOptions {
  /** Make missing folders. Default false: a path with a typing error should not become a folder. */
  readonly makesFolders?: boolean | undefined;
}

/**
 * Write a file through a callback; the target appears, complete, only when the callback has succeeded.
 *
 * *Writes*: replaces an existing target in one step; on failure or abort the temporary file is removed and the old target,
 * if any, is untouched.
 * @throws {WrongUseError} WRONG_USE — when the folder is not there or must not be written.
 */
export async function writeWholeFile<T>(
  target: string,
  write: (temporary: { readonly path: string; readonly handle: FileHandle }) => Promise<T>,
  options: WholeFileOptions = {},
): Promise<T> {
  const folder = dirname(target);
  if (options.makesFolders === true) await mkdir(folder, { recursive: true });
  const path = join(folder, `.${basename(target)}.${randomUUID()}.tmp`);
  const handle = await openNew(path, target);
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

/** Characters gathered before they are written: enough to make system calls rare, few enough to stay flat. */
const WRITE_CHARS = 128 * 1024;

/**
 * Write text piece by piece, in constant memory. Resolves to the bytes written.
 * @throws {WrongUseError} WRONG_USE — when the folder is not there or must not be written. Throws the signal's reason.
 */
export async function writeWholeText(
  target: string,
  pieces: Iterable<string> | AsyncIterable<string>,
  options: WholeFileOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<{ readonly bytes: number }> {
  const write = async ({ handle }: { readonly handle: FileHandle }) => {
    let pending = "";
    let bytes = 0;
    const flush = async () => {
      const buffer = Buffer.from(pending, "utf8");
      pending = "";
      await handle.appendFile(buffer); // unlike write(), never partial
      bytes += buffer.length;
    };
    for await (const piece of pieces) {
      options.signal?.throwIfAborted();
      pending += piece;
      if (pending.length >= WRITE_CHARS) await flush();
    }
    options.signal?.throwIfAborted();
    await flush();
    return { bytes };
  };
  return writeWholeFile(target, write, options);
}

async function openNew(path: string, target: string): Promise<FileHandle> {
  try {
    return await open(path, "wx+"); // fails if it exists: never write into someone else's file
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "its folder does not exist" : `it cannot be written (${code})`;
    throw new WrongUseError({ problem: `${target}: ${why}.` }, { cause });
  }
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
