/** One exported item: the shape that scripts rely on. Fields may be added, never renamed. Instants are milliseconds UTC. */
import type { RecordedError, Unpriced } from "@holdfast/core";
import type { ItemResult } from "@holdfast/engine";

export interface ExportRow {
  readonly key: string;
  readonly outcome: "ok" | "error";
  /** Null for an error, and where nothing was returned. */
  readonly output: unknown;
  readonly error: RecordedError | null;
  readonly category: string | null;
  readonly attempts: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly usage: unknown;
  /** Null where calls were made and none of them has a known cost. */
  readonly costUsd: number | null;
  /** The calls of unknown price; null where there are none. */
  readonly unpriced: Unpriced | null;
}

export function toExportRow(item: ItemResult<unknown>): ExportRow {
  const { key, outcome, attempts, startedAt, finishedAt, usage, costUsd, unpriced } = item;
  const isOk = item.outcome === "ok";
  return {
    key,
    outcome,
    output: isOk ? (item.output ?? null) : null,
    error: isOk ? null : item.error,
    category: isOk ? null : item.category,
    attempts,
    startedAt,
    finishedAt,
    usage,
    costUsd,
    unpriced,
  };
}
