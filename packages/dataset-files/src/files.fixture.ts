// For tests: files on disk, read to their end.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatasetFileError, isBadRow, type OpenSourceOptions, type SourceEntry, type SourceRow } from "@holdfast/core";
import { openSource } from "./open-source.js";

export interface Scratch {
  write(name: string, content: string | Uint8Array): Promise<string>;
  remove(): Promise<void>;
}

export async function makeScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-dataset-"));
  return {
    async write(name, content) {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

export interface ReadResult {
  readonly columns: readonly string[];
  readonly warnings: readonly string[];
  readonly entries: readonly SourceEntry[];
  readonly rows: readonly SourceRow[];
  /** Problems of rows in order, then the error that ended the reading, if one did. */
  readonly errors: readonly DatasetFileError[];
  readonly isWhole: boolean;
}

/** Read all there is. What is no `DatasetFileError` is thrown. */
export async function readAll(path: string, options?: OpenSourceOptions): Promise<ReadResult> {
  const entries: SourceEntry[] = [];
  let columns: readonly string[] = [];
  let warnings: readonly string[] = [];
  let fatal: DatasetFileError | null = null;
  try {
    const source = await openSource(path, options);
    ({ columns, warnings } = source);
    try {
      for await (const batch of source.rows()) entries.push(...batch);
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!(error instanceof DatasetFileError)) throw error;
    fatal = error;
  }
  const problems = entries.filter(isBadRow).map(({ problem }) => problem);
  return {
    columns,
    warnings,
    entries,
    rows: entries.filter((entry) => !isBadRow(entry)) as SourceRow[],
    errors: fatal === null ? problems : [...problems, fatal],
    isWhole: fatal === null,
  };
}

/** A file that must be refused, or one of its rows: what the message must say, and where. */
export interface BadFile {
  readonly title: string;
  readonly content: string | Uint8Array;
  readonly says: RegExp;
  readonly code: DatasetFileError["code"];
  /** When it differs from the format's own. */
  readonly name?: string | undefined;
  readonly place?: { readonly rowNumber?: number; readonly line?: number; readonly column?: string } | undefined;
}
