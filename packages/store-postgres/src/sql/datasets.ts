/** Datasets: written row by row under a number of their own, seen by readers once finished. */
import type { DatasetFinish, DatasetRow } from "@holdfast/core";
import type { DatasetRecordRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { findErased } from "./erased-keys.js";

export const COLUMNS = `dataset_k, name, version, path, size_bytes, file_sha256, content_sha256, shape_sha256, key_columns,
                 sheet, row_count, skipped, change_reason, ingested_at, erased_count`;
/** An ingest that has not ended after a day never will: its process died. */
const ABANDONED_MS = 24 * 3_600_000;

export async function beginDataset(ctx: SqlContext, name: string): Promise<number> {
  const abandoned = await ctx.all<{ k: number }>(
    "SELECT dataset_k AS k FROM dataset WHERE version IS NULL AND ingested_at < ?",
    ctx.wallMs - ABANDONED_MS,
  );
  const made = await ctx.get<{ k: number }>(
    "INSERT INTO dataset (name, ingested_at) VALUES (?, ?) RETURNING dataset_k AS k",
    name,
    ctx.wallMs,
  );
  for (const { k } of abandoned) await dropDataset(ctx, k);
  return (made as { k: number }).k;
}

/** A process that slept for a day finds its ingest taken away; and what is finished never changes. */
function notUnderWay(datasetK: number, expected: string): Error {
  return new Error(
    `Dataset number ${datasetK} ${expected}, but its ingest has ended or was removed as abandoned. Ingest the file again.`,
  );
}

export async function appendDataset(ctx: SqlContext, datasetK: number, rows: readonly DatasetRow[]): Promise<null> {
  const underWay = await ctx.get<{ name: string }>(
    "SELECT name FROM dataset WHERE dataset_k = ? AND version IS NULL FOR SHARE",
    datasetK,
  );
  if (underWay === undefined) throw notUnderWay(datasetK, "was sent rows");
  // An erased key that a file still has stays away: its position is empty.
  const keys = rows.map(({ key }) => key);
  const erased = new Map(await findErased(ctx, [underWay.name], keys));
  const kept = rows.filter(({ key }) => !erased.has(key));
  await ctx.run(
    `INSERT INTO dataset_item (dataset_k, idx, key, row_sha256, json)
     SELECT ?, i, k, decode(h, 'hex'), j FROM unnest(?::bigint[], ?::text[], ?::text[], ?::text[]) AS e(i, k, h, j)`,
    datasetK,
    kept.map(({ index }) => index),
    kept.map(({ key }) => key),
    kept.map(({ rowSha256 }) => rowSha256),
    kept.map(({ json }) => json),
  );
  return null;
}

export async function finishDataset(
  ctx: SqlContext,
  datasetK: number,
  record: DatasetFinish,
): Promise<DatasetRecordRow> {
  // Two ingests of one name are numbered one after the other.
  await ctx.run("SELECT pg_advisory_xact_lock(hashtextextended(?, 7))", record.name);
  const finished = await ctx.run(
    `UPDATE dataset SET path = ?, size_bytes = ?, file_sha256 = ?, content_sha256 = ?, shape_sha256 = ?, key_columns = ?, sheet = ?,
            row_count = ?, skipped = ?, change_reason = ?, left_out = decode(?, 'hex'), ingested_at = ?,
            version = (SELECT CASE WHEN ?::boolean THEN least(-1, coalesce(min(o.version) - 1, -1))
                                   ELSE 1 + greatest(0, coalesce(max(o.version), 0)) END
                         FROM dataset o WHERE o.name = dataset.name)
      WHERE dataset_k = ? AND version IS NULL`,
    ...[record.path, record.sizeBytes, record.fileSha256, record.contentSha256, record.shapeSha256],
    ...[JSON.stringify(record.keyColumns), record.sheet, record.rowCount, JSON.stringify(record.skipped)],
    ...[record.changeReason, record.leftOut === undefined ? null : record.leftOut.join(""), ctx.wallMs],
    ...[record.isReading === true, datasetK],
  );
  if (finished === 0) throw notUnderWay(datasetK, "was to be finished");
  // Counted only where something may be missing: it reads all rows.
  await ctx.run(
    `UPDATE dataset SET erased_count = row_count - (SELECT count(*) FROM dataset_item i WHERE i.dataset_k = dataset.dataset_k)
      WHERE dataset_k = ? AND EXISTS (SELECT 1 FROM erased_key e WHERE e.name = dataset.name)`,
    datasetK,
  );
  return (await ctx.get<DatasetRecordRow>(
    `SELECT ${COLUMNS} FROM dataset WHERE dataset_k = ?`,
    datasetK,
  )) as DatasetRecordRow;
}

export async function dropDataset(ctx: SqlContext, datasetK: number): Promise<null> {
  const dropped = await ctx.run("DELETE FROM dataset WHERE dataset_k = ? AND version IS NULL", datasetK);
  if (dropped > 0) await ctx.run("DELETE FROM dataset_item WHERE dataset_k = ?", datasetK);
  return null;
}

export async function getDataset(
  ctx: SqlContext,
  name: string,
  contentSha256: string | null,
): Promise<DatasetRecordRow | null> {
  const which = contentSha256 === null ? "version > 0" : "version IS NOT NULL AND content_sha256 = ?";
  const sql = `SELECT ${COLUMNS} FROM dataset WHERE name = ? AND ${which} ORDER BY version DESC LIMIT 1`;
  return (await ctx.get<DatasetRecordRow>(sql, name, ...(contentSha256 === null ? [] : [contentSha256]))) ?? null;
}

export function listDatasets(ctx: SqlContext): Promise<DatasetRecordRow[]> {
  return ctx.all<DatasetRecordRow>(`SELECT ${COLUMNS} FROM dataset WHERE version > 0 ORDER BY name, version`);
}

/** Hexadecimal, one after the other. */
export async function getLeftOut(ctx: SqlContext, name: string, contentSha256: string): Promise<string | null> {
  const datasetK = (await getDataset(ctx, name, contentSha256))?.dataset_k;
  if (datasetK === undefined) return null;
  const sql = "SELECT encode(left_out, 'hex') AS left_out FROM dataset WHERE dataset_k = ?";
  return (await ctx.get<{ left_out: string | null }>(sql, datasetK))?.left_out ?? null;
}

export interface RowOut {
  idx: number;
  key: string;
  row_sha256: string;
  json: string;
}

export async function listRows(
  ctx: SqlContext,
  name: string,
  contentSha256: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<RowOut[]> {
  const datasetK = (await getDataset(ctx, name, contentSha256))?.dataset_k;
  if (datasetK === undefined) return [];
  return ctx.all<RowOut>(
    `SELECT idx, key, encode(row_sha256, 'hex') AS row_sha256, json FROM dataset_item
      WHERE dataset_k = ? AND idx >= ? ORDER BY idx LIMIT ?`,
    datasetK,
    from,
    limit,
  );
}

export async function findRows(
  ctx: SqlContext,
  name: string,
  contentSha256: string,
  keys: readonly string[],
): Promise<[key: string, sha256: string][]> {
  const datasetK = (await getDataset(ctx, name, contentSha256))?.dataset_k;
  if (datasetK === undefined) return [];
  const rows = await ctx.all<{ key: string; sha256: string }>(
    "SELECT key, encode(row_sha256, 'hex') AS sha256 FROM dataset_item WHERE dataset_k = ? AND key = ANY(?::text[])",
    datasetK,
    keys,
  );
  const byKey = new Map(rows.map(({ key, sha256 }) => [key, sha256]));
  return keys.flatMap((key) => {
    const sha256 = byKey.get(key);
    return sha256 === undefined ? [] : [[key, sha256] as [string, string]];
  });
}
