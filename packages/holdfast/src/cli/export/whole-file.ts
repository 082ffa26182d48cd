/** A file that is there whole or not at all: written beside its place, synced, then renamed over it. */
import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { WrongUseError } from "@holdfast/core";

/**
 * Write `pieces` to `path`; what was there before stays until the new one is complete. Answers the bytes written.
 * @throws {WrongUseError} WRONG_USE — when the folder is not there or must not be written. Throws the signal's reason.
 */
export async function writeWholeFile(
  path: string,
  pieces: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<number> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.part`;
  const handle = await openNew(temporary, path);
  try {
    const bytes = await fill(handle, pieces, signal);
    await rename(temporary, path);
    return bytes;
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

async function openNew(temporary: string, path: string): Promise<FileHandle> {
  try {
    return await open(temporary, "wx");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "its folder is not there" : `it cannot be written (${code})`;
    throw new WrongUseError({ problem: `${path}: ${why}.` }, { cause });
  }
}

async function fill(handle: FileHandle, pieces: AsyncIterable<string>, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      signal.throwIfAborted();
      bytes += (await handle.write(piece)).bytesWritten;
    }
    signal.throwIfAborted();
    await handle.sync();
    return bytes;
  } finally {
    await handle.close();
  }
}
