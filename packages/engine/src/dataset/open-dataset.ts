/**
 * Opening a dataset under a schema. Rows that the schema does not take are refused by their keys; where it changes rows, the
 * rows it gives are kept as a reading of that version: found by its content, in no list, and never the newest of its name.
 */
import { createHash } from "node:crypto";
import {
  canonicalJson,
  DatasetNotFoundError,
  type DatasetRecord,
  type DatasetRow,
  NotJsonError,
  RowInvalidError,
  type Store,
} from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import { sha256 } from "../base/hash.js";
import { BadRows } from "./bad-rows.js";
import { rowDigest } from "./ingest-rows.js";
import { rowPages } from "./row-pages.js";
import { wordIssues } from "./row-words.js";

const PAGE_COUNT = 500;

/**
 * The newest version of a dataset as the schema gives it. Reads each of its rows once, twice where the schema changes them.
 * @throws {DatasetNotFoundError} DATASET_NOT_FOUND
 * @throws {RowInvalidError} ROW_INVALID — naming the first 20 rows that the schema does not take, and how many there are.
 */
export async function openDataset(
  store: Store,
  name: string,
  schema: Schema<unknown, unknown>,
  signal: AbortSignal,
): Promise<DatasetRecord> {
  const record = await store.getDataset(name);
  if (record === null) throw new DatasetNotFoundError({ dataset: name });
  const content = createHash("sha256");
  const bad = new BadRows();
  let isSame = true;
  for await (const page of readAs(store, record, schema, signal)) {
    for (const outcome of page) {
      if (outcome instanceof RowInvalidError) bad.add(outcome);
      else {
        isSame &&= outcome.json === outcome.was;
        content.update(rowDigest(outcome.key, sha256(outcome.json)));
      }
    }
  }
  bad.throwIfAny();
  if (isSame) return record;
  const contentSha256 = content.digest("hex");
  return (await store.getDataset(name, contentSha256)) ?? keepReading(store, record, contentSha256, schema, signal);
}

async function keepReading(
  store: Store,
  record: DatasetRecord,
  contentSha256: string,
  schema: Schema<unknown, unknown>,
  signal: AbortSignal,
): Promise<DatasetRecord> {
  const { version: _, ingestedAt: __, erasedCount: ___, ...kept } = record;
  const leftOut = (await store.listLeftOut(record.name, record.contentSha256)) ?? undefined;
  const { datasetId } = await store.beginDataset(record.name);
  try {
    for await (const page of readAs(store, record, schema, signal)) {
      const rows = page.map((outcome): DatasetRow => {
        if (outcome instanceof RowInvalidError) throw outcome;
        const { index, key, rowSha256, json } = outcome;
        return { index, key, rowSha256, json };
      });
      await store.appendDataset(datasetId, rows);
    }
    return await store.finishDataset(datasetId, { ...kept, contentSha256, leftOut, isReading: true });
  } catch (error) {
    await store.dropDataset(datasetId);
    throw error;
  }
}

type ReadRow = DatasetRow & { readonly was: string };

async function* readAs(
  store: Store,
  record: DatasetRecord,
  schema: Schema<unknown, unknown>,
  signal: AbortSignal,
): AsyncIterable<readonly (ReadRow | RowInvalidError)[]> {
  for await (const page of rowPages(store, record, PAGE_COUNT)) {
    signal.throwIfAborted();
    const read: (ReadRow | RowInvalidError)[] = [];
    for (const row of page) {
      const given = await readRow(row, schema, record.path);
      read.push(given instanceof RowInvalidError ? given : { ...row, json: given, was: row.json });
    }
    yield read;
  }
}

async function readRow(
  row: DatasetRow,
  schema: Schema<unknown, unknown>,
  path: string,
): Promise<string | RowInvalidError> {
  const cells: unknown = JSON.parse(row.json);
  const validated = schema["~standard"].validate(cells);
  const result = validated instanceof Promise ? await validated : validated;
  const cure = "Ingest the file under this schema, or correct it";
  if (result.issues !== undefined) {
    const { what, column } = wordIssues(result.issues, cells as Record<string, unknown>);
    return new RowInvalidError(what, cure, { path, key: row.key, column });
  }
  try {
    return canonicalJson(result.value, `row ${JSON.stringify(row.key)}`);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    const what = `the schema gives ${error.details.found} at ${error.details.path}, which JSON cannot hold`;
    return new RowInvalidError(what, "Transform it to text or a number", { path, key: row.key });
  }
}
