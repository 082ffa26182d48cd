// A dataset file, opened: its format found out, its bytes hashed, its columns known. Rows come on demand.
// The file is hashed before it is read. If it changes in between, the rows would not be those of the hash: the size
// and times of the open file are compared at the end, and a difference ends the reading with an error.

import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import {
  type OpenedSource,
  type OpenSourceOptions,
  type ReadSignal,
  type SourceEntry,
  type SourceFormat,
  SourceUnreadableError,
} from "@holdfast/core";
import { openCsv } from "./csv-source.js";
import { detectFormat, HEAD_BYTES } from "./detect-format.js";
import type { FormatReader } from "./format-reader.js";
import { openJsonl } from "./jsonl-source.js";
import { DETECT, findEncoding } from "./text-encoding.js";
import type { TextFile } from "./text-file.js";
import { openThreaded } from "./threaded-source.js";

const HASH_CHUNK_BYTES = 1024 * 1024;

/**
 * Open a dataset file (.xlsx, .csv, .tsv, .jsonl, .parquet) as a stream of rows.
 *
 * Guaranteed: rows in file order, each row of the file once, as a row or as a named problem; if the stream ends without
 * an error, it was the whole file of `fileSha256`. csv and jsonl are read in constant memory; xlsx and parquet in a
 * thread capped at `memoryMbMax`. Not promised: a second pass (`rows()` may be called once), and formulas: a workbook
 * gives the results that were saved in it.
 *
 * *Units*: sizes in bytes, `memoryMbMax` in MiB (default 512), `silenceMsMax` in ms (default 120,000).
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — missing, not the format its name claims, encrypted, damaged, no
 * proper header. The message says which and what to do.
 * @example
 * const source = await openSource("cases.csv");
 * for await (const batch of source.rows()) for (const entry of batch) if (!isBadRow(entry)) use(entry.cells);
 * await source.close();
 */
export async function openSource(path: string, options: OpenSourceOptions = {}): Promise<OpenedSource> {
  const { signal } = options;
  signal?.throwIfAborted();
  const handle = await openFile(path);
  try {
    const { size: sizeBytes } = await handle.stat();
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    const format = detectFormat(path, head.subarray(0, bytesRead), sizeBytes);
    if (options.sheet !== undefined && format !== "xlsx") {
      throw new SourceUnreadableError(`a ${format} file has no sheets`, "Leave the sheet out", { path });
    }
    if (options.encoding !== undefined && (format === "xlsx" || format === "parquet") && options.encoding !== DETECT) {
      throw new SourceUnreadableError(`a ${format} file has no encoding`, "Leave the encoding out", { path });
    }
    const identity = await identityOf(handle);
    const fileSha256 = await hashFile(handle, signal);
    const reader = await openFormat(format, path, handle, options);
    let isTaken = false;
    return {
      path,
      format,
      columns: reader.columns,
      fileSha256,
      sizeBytes,
      warnings: reader.warnings,
      rows() {
        if (isTaken)
          throw new Error(`The rows of ${path} were read already: open the source again to read them again.`);
        isTaken = true;
        return readRows(path, handle, reader, identity, signal);
      },
      async close() {
        await reader.close();
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw describeFileError(path, error);
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw new SourceUnreadableError("it is a directory", "Name a file", { path });
    if (!stats.isFile()) {
      throw new SourceUnreadableError("it is no regular file", "A dataset is read twice: copy it to a file", { path });
    }
    return await open(path);
  } catch (error) {
    throw describeFileError(path, error);
  }
}

/** What the system says about a file, in our words; anything else as it is. */
function describeFileError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const unreadable = (what: string, cure: string) => new SourceUnreadableError(what, cure, { path }, { cause: error });
  if (code === "ENOENT" || code === "ENOTDIR") return unreadable("the file does not exist", "Check the path");
  if (code === "EACCES" || code === "EPERM") return unreadable("no permission to read it", "Grant read access");
  if (code === "EISDIR") return unreadable("it is a directory", "Name a file");
  if (code === "EIO" || code === "ESTALE") return unreadable(`the disk failed (${code})`, "Copy the file elsewhere");
  if (code === "EMFILE" || code === "ENFILE")
    return unreadable("too many files are open", "Raise the limit of open files");
  return error;
}

async function openFormat(
  format: SourceFormat,
  path: string,
  handle: FileHandle,
  options: OpenSourceOptions,
): Promise<FormatReader> {
  const { sheet, signal } = options;
  switch (format) {
    case "csv":
      return openText(openCsv, { path, handle, signal }, options);
    case "jsonl":
      return openText(openJsonl, { path, handle, signal }, options);
    case "xlsx":
    case "parquet":
      return openThreaded({ path, format, sheet }, options);
  }
}

async function openText(
  openFormat: (file: TextFile) => Promise<FormatReader>,
  file: TextFile,
  options: OpenSourceOptions,
): Promise<FormatReader> {
  const { encoding, note } = await findEncoding(file, options.encoding);
  const reader = await openFormat({ ...file, encoding });
  return note === null ? reader : { ...reader, warnings: [note, ...reader.warnings] };
}

async function* readRows(
  path: string,
  handle: FileHandle,
  reader: FormatReader,
  identity: string,
  signal: ReadSignal | undefined,
): AsyncGenerator<readonly SourceEntry[]> {
  try {
    for await (const batch of reader.batches()) {
      signal?.throwIfAborted();
      yield batch;
    }
  } catch (error) {
    throw describeFileError(path, error);
  }
  if ((await identityOf(handle)) !== identity || (await identityOfPath(path)) !== identity) {
    throw new SourceUnreadableError("the file changed while it was read", "Read it again when nobody writes to it", {
      path,
    });
  }
}

async function identityOf(handle: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs } = await handle.stat({ bigint: true });
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

/** xlsx and parquet are opened by their path a second time, in the thread: it must have been the same file. */
async function identityOfPath(path: string): Promise<string | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null);
  return stats === null ? null : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

async function hashFile(handle: FileHandle, signal: ReadSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(HASH_CHUNK_BYTES);
  for (let position = 0; ; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, HASH_CHUNK_BYTES, position);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}
