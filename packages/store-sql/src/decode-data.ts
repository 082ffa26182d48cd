/** Rows of maps, items and datasets as the records of the core. */
import {
  type Cost,
  type DatasetRecord,
  type DatasetUser,
  type ItemRecord,
  type MapState,
  parseStored,
  type RecordedError,
  type RunId,
} from "@holdfast/core";
import { readModels } from "./charge.js";
import type { CostRow, DatasetRecordRow, DatasetUserRow, ItemRow, MapRow } from "./rows.js";

export const toCost = ({ cost_nanos, unpriced_calls, unpriced_tokens }: CostRow): Cost => ({
  nanos: cost_nanos,
  unpricedCalls: unpriced_calls,
  unpricedTokens: unpriced_tokens,
});

export function toMapState(row: MapRow): MapState {
  return {
    stage: row.stage,
    generation: row.generation,
    configHash: row.config_hash,
    configJson: row.config_json,
    sourceDigest: row.source_digest,
    total: row.total,
    okCount: row.ok_count,
    errorCount: row.error_count,
    cost: toCost(row),
    models: readModels(row.models),
    reservedNanos: row.reserved_nanos,
    budgetNanos: row.budget_nanos,
    lowWater: row.low_water,
    intentCount: row.intent_count,
    intentLow: row.intent_low,
    leftOutCount: row.left_out,
    absentCount: row.absent,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** `itemSha256`: hexadecimal, however the store keeps it. */
export function toItem(row: ItemRow, itemSha256: string | null): ItemRecord {
  return {
    index: row.idx,
    key: row.key,
    outcome: row.outcome === 1 ? "ok" : "error",
    label: row.label,
    outputJson: row.output,
    error: toError(row.error, row.key),
    firstError: toError(row.first_error, row.key),
    category: row.category,
    configHash: row.config_hash,
    itemSha256,
    attempts: row.attempt,
    cost: toCost(row),
    usageJson: row.usage,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

function toError(json: string | null, key: string): RecordedError | null {
  return json === null ? null : parseStored(json, `item ${key}: its error`);
}

export function toDataset(row: DatasetRecordRow): DatasetRecord {
  return {
    name: row.name,
    version: row.version,
    path: row.path,
    sizeBytes: row.size_bytes,
    fileSha256: row.file_sha256,
    contentSha256: row.content_sha256,
    shapeSha256: row.shape_sha256,
    keyColumns: parseStored(row.key_columns, `dataset ${row.name}: its key columns`),
    sheet: row.sheet,
    rowCount: row.row_count,
    erasedCount: row.erased_count,
    skipped: parseStored(row.skipped, `dataset ${row.name}: its skipped rows`),
    ingestedAt: row.ingested_at,
    changeReason: row.change_reason,
  };
}

export function toDatasetUser(row: DatasetUserRow): DatasetUser {
  return { runId: row.run_id as RunId, workflow: row.workflow, status: row.status, contentSha256: row.content_sha256 };
}
