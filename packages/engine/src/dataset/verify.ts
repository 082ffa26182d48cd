/** Looking at the file that a dataset was read from: whether it is there, and whether it is what it was. */
import { existsSync } from "node:fs";
import { DatasetNotFoundError, type DatasetRecord, DETECT, SourceMissingError } from "@holdfast/core";
import { anyRow } from "./any-row.js";
import { compareWithDataset, type DatasetPorts } from "./ingest.js";
import type { DatasetChanges, DatasetCheck } from "./storage-facade.js";

const NO_CHANGES: DatasetChanges = {
  changed: 0,
  added: 0,
  missing: 0,
  firstKeys: { changed: [], added: [], missing: [] },
};

/**
 * Compare the newest version of a dataset with the file it was read from. Reads the file and the store, writes nothing.
 *
 * The file is hashed; only where its bytes differ are its rows read and compared, cell by cell, by key. A row that
 * cannot be read counts as missing.
 * @throws {DatasetNotFoundError} DATASET_NOT_FOUND @throws {SourceMissingError} SOURCE_MISSING — the file is gone.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — it is there and cannot be read as what it was.
 */
export async function verifyDataset(
  ports: DatasetPorts,
  name: string,
  options: CheckOptions = {},
): Promise<DatasetCheck> {
  const record = await ports.store.getDataset(name);
  if (record === null) throw new DatasetNotFoundError({ dataset: name });
  return checkFile(ports, record, options);
}

interface CheckOptions {
  readonly sheet?: string | undefined;
  /** Of a text file; looked for in the file when left out. */
  readonly encoding?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const given = ({ sheet, signal }: CheckOptions) => ({
  ...(sheet === undefined ? {} : { sheet }),
  signal,
});

/** The same for one version. */
export async function checkFile(
  { store, datasetFiles }: DatasetPorts,
  record: DatasetRecord,
  options: CheckOptions = {},
): Promise<DatasetCheck> {
  if (!existsSync(record.path)) throw new SourceMissingError({ path: record.path, dataset: record.name });
  const foundSha256 = await datasetFiles.hash(record.path);
  if (foundSha256 === record.fileSha256) return { record, state: "same", foundSha256, changes: NO_CHANGES };
  // The sheet that it was read from, unless another is named.
  const encoding = options.encoding ?? DETECT;
  const sheet = record.sheet ?? undefined;
  const source = await datasetFiles.open(record.path, { sheet, encoding, ...given(options) });
  try {
    const how = { key: record.keyColumns, schema: anyRow, onBadRow: "skip" as const };
    const changes = await compareWithDataset(store, source, how, record);
    const isSame = changes.changed + changes.added + changes.missing === 0;
    return { record, state: isSame ? "resaved" : "changed", foundSha256: source.fileSha256, changes };
  } finally {
    await source.close();
  }
}
