/** Datasets: written row by row under a number of their own, seen by readers once finished. */
import type { DatasetFinish, DatasetRow, DatasetStore } from "@holdfast/core";
import type { DatasetRecordRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { fromHex } from "../hex.js";
import { findErased } from "./erased-keys.js";

export const COLUMNS = `dataset_k, name, version, path, size_bytes, file_sha256, content_sha256, shape_sha256, key_columns,
                 sheet, row_count, skipped, repin_reason AS change_reason, ingested_at, erased_count`;
/** An ingest that has not ended after a day never will: its process died. */
const ABANDONED_MS = 24 * 3_600_000;

export function beginDataset(ctx: SqlContext, name: string): number {
  const abandoned = ctx.all<{ k: number }>(
    "SELECT dataset_k AS k FROM dataset WHERE version IS NULL AND ingested_at < ?",
    ctx.wallMs - ABANDONED_MS,
  );
  // First the new number, then the old ones: a number that was freed before would be given again.
  const datasetK = ctx.insert(
    `INSERT INTO dataset (dataset_k, name, ingested_at)
     SELECT 1 + max(coalesce((SELECT max(dataset_k) FROM dataset), 0), coalesce((SELECT max(dataset_k) FROM dataset_purge), 0)), ?, ?`,
    name,
    ctx.wallMs,
  );
  for (const { k } of abandoned) dropDataset(ctx, k);
  return datasetK;
}

/** A process that slept for a day finds its ingest taken away; and what is finished never changes. */
function notUnderWay(datasetK: number, expected: string): Error {
  return new Error(
    `Dataset number ${datasetK} ${expected}, but its ingest has ended or was removed as abandoned. Ingest the file again.`,
  );
}

export function appendDataset(ctx: SqlContext, datasetK: number, rows: readonly DatasetRow[]): null {
  const underWay = ctx.get<{ name: string }>(
    "SELECT name FROM dataset WHERE dataset_k = ? AND version IS NULL",
    datasetK,
  );
  if (underWay === undefined) throw notUnderWay(datasetK, "was sent rows");
  // An erased key that a file still has stays away: its position is empty.
  const keys = rows.map(({ key }) => key);
  const erased = new Map(findErased(ctx, [underWay.name], keys));
  const insert = ctx.prepare("INSERT INTO dataset_item (dataset_k, idx, key, row_sha256, json) VALUES (?, ?, ?, ?, ?)");
  for (const { index, key, rowSha256, json } of rows) {
    if (!erased.has(key)) insert.run(datasetK, index, key, fromHex(rowSha256), json);
  }
  return null;
}

export function finishDataset(ctx: SqlContext, datasetK: number, record: DatasetFinish): DatasetRecordRow {
  const finished = ctx.run(
    `UPDATE dataset SET path = ?, size_bytes = ?, file_sha256 = ?, content_sha256 = ?, shape_sha256 = ?, key_columns = ?, sheet = ?,
            row_count = ?, skipped = ?, repin_reason = ?, left_out = ?, ingested_at = ?,
            version = (SELECT CASE WHEN ? THEN min(-1, coalesce(min(o.version) - 1, -1)) ELSE 1 + max(0, coalesce(max(o.version), 0)) END
                         FROM dataset o WHERE o.name = dataset.name)
      WHERE dataset_k = ? AND version IS NULL`,
    record.path,
    record.sizeBytes,
    record.fileSha256,
    record.contentSha256,
    record.shapeSha256,
    JSON.stringify(record.keyColumns),
    record.sheet,
    record.rowCount,
    JSON.stringify(record.skipped),
    record.changeReason,
    record.leftOut === undefined ? null : fromHex(record.leftOut.join("")),
    ctx.wallMs,
    record.isReading ? 1 : 0,
    datasetK,
  );
  if (finished === 0) throw notUnderWay(datasetK, "was to be finished");
  // Counted only where something may be missing: it reads all rows.
  ctx.run(
    `UPDATE dataset SET erased_count = row_count - (SELECT count(*) FROM dataset_item i WHERE i.dataset_k = dataset.dataset_k)
      WHERE dataset_k = ? AND EXISTS (SELECT 1 FROM erased_key e WHERE e.name = dataset.name)`,
    datasetK,
  );
  return ctx.get<DatasetRecordRow>(`SELECT ${COLUMNS} FROM dataset WHERE dataset_k = ?`, datasetK) as DatasetRecordRow;
}

export function dropDataset(ctx: SqlContext, datasetK: number): null {
  const dropped = ctx.run("DELETE FROM dataset WHERE dataset_k = ? AND version IS NULL", datasetK);
  if (dropped > 0) ctx.run("DELETE FROM dataset_item WHERE dataset_k = ?", datasetK);
  return null;
}

export function getDataset(ctx: SqlContext, name: string, contentSha256?: string | undefined): DatasetRecordRow | null {
  const which = contentSha256 === undefined ? "version > 0" : "version IS NOT NULL AND content_sha256 = ?";
  const sql = `SELECT ${COLUMNS} FROM dataset WHERE name = ? AND ${which} ORDER BY version DESC LIMIT 1`;
  return ctx.get<DatasetRecordRow>(sql, name, ...(contentSha256 === undefined ? [] : [contentSha256])) ?? null;
}

export function listDatasets(ctx: SqlContext): DatasetRecordRow[] {
  return ctx.all<DatasetRecordRow>(`SELECT ${COLUMNS} FROM dataset WHERE version > 0 ORDER BY name, version`);
}

export function listLeftOut(ctx: SqlContext, name: string, contentSha256: string): Uint8Array | null {
  const datasetK = getDataset(ctx, name, contentSha256)?.dataset_k;
  if (datasetK === undefined) return null;
  const sql = "SELECT left_out FROM dataset WHERE dataset_k = ?";
  return ctx.get<{ left_out: Uint8Array | null }>(sql, datasetK)?.left_out ?? null;
}

export interface RowOut {
  idx: number;
  key: string;
  row_sha256: Uint8Array;
  json: string;
}

export function listRows(
  ctx: SqlContext,
  name: string,
  contentSha256: string,
  { from, limit }: Parameters<DatasetStore["listRows"]>[2],
): RowOut[] {
  const datasetK = getDataset(ctx, name, contentSha256)?.dataset_k;
  if (datasetK === undefined) return [];
  return ctx.all<RowOut>(
    "SELECT idx, key, row_sha256, json FROM dataset_item WHERE dataset_k = ? AND idx >= ? ORDER BY idx LIMIT ?",
    datasetK,
    from,
    limit,
  );
}

export function findRows(
  ctx: SqlContext,
  name: string,
  contentSha256: string,
  keys: readonly string[],
): [key: string, sha256: Uint8Array][] {
  const datasetK = getDataset(ctx, name, contentSha256)?.dataset_k;
  if (datasetK === undefined) return [];
  const statement = ctx.prepare("SELECT row_sha256 FROM dataset_item WHERE dataset_k = ? AND key = ?");
  const found: [string, Uint8Array][] = [];
  for (const key of keys) {
    const row = statement.get(datasetK, key) as { row_sha256: Uint8Array } | undefined;
    if (row !== undefined) found.push([key, row.row_sha256]);
  }
  return found;
}
