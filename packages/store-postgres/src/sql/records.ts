/** Checkpoints, artifacts and progress: what a stage leaves beside its outcome. */
import type { Fence, ProgressWrite, Store } from "@holdfast/core";
import type { ArtifactRow, CheckpointRow, WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HeldRun } from "../held-run.js";
import { insertEvents } from "./events.js";
import { isRefusal, noteAlive, noteProgress, passFence } from "./fence.js";

/** One checkpoint a stage, the newest; clearing one writes no event. */
export async function saveCheckpoint(
  ctx: SqlContext,
  fence: Fence,
  { stage, attempt, json }: Parameters<Store["saveCheckpoint"]>[1],
): Promise<WriteResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK } = run;
  if (json === null) {
    noteAlive(ctx, run, 0);
    await ctx.run("DELETE FROM checkpoint WHERE run_k = ? AND stage = ?", runK, stage);
    return run.wish;
  }
  run.hasRecord = 1;
  await ctx.run(
    `INSERT INTO checkpoint (run_k, stage, generation, attempt, saved_at, json) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_k, stage) DO UPDATE SET generation = excluded.generation, attempt = excluded.attempt,
       saved_at = excluded.saved_at, json = excluded.json`,
    ...[runK, stage, run.generation, attempt, ctx.wallMs, json],
  );
  const body = JSON.stringify({ attempt, sizeBytes: Buffer.byteLength(json) });
  await insertEvents(ctx, [{ runK, seq: noteProgress(ctx, run, 1), type: "checkpoint.saved", stage, body }]);
  return run.wish;
}

/** A checkpoint of an earlier generation does not answer. */
export async function getCheckpoint(ctx: SqlContext, runId: string, stage: string): Promise<CheckpointRow | null> {
  const found = await ctx.get<CheckpointRow>(
    `SELECT c.stage, c.attempt, c.saved_at, c.json
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN checkpoint c USING (run_k)
      WHERE r.run_id = ? AND c.stage = ? AND c.generation = coalesce(l.generation, r.generation)`,
    runId,
    stage,
  );
  return found ?? null;
}

/** Writing the same name again in one attempt replaces the record: the file was replaced too. */
export async function recordArtifact(
  ctx: SqlContext,
  fence: Fence,
  { stage, attempt, name, sha256, sizeBytes }: Parameters<Store["recordArtifact"]>[1],
): Promise<WriteResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK } = run;
  await ctx.run(
    `INSERT INTO artifact (run_k, generation, stage, attempt, name, sha256, size_bytes, written_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_k, stage, attempt, name) DO UPDATE SET sha256 = excluded.sha256,
       size_bytes = excluded.size_bytes, written_at = excluded.written_at`,
    ...[runK, run.generation, stage, attempt, name, sha256, sizeBytes, ctx.wallMs],
  );
  const body = JSON.stringify({ attempt, name, sizeBytes, sha256 });
  await insertEvents(ctx, [{ runK, seq: noteAlive(ctx, run, 1), type: "artifact.written", stage, body }]);
  return run.wish;
}

export function listArtifacts(ctx: SqlContext, runId: string, stage: string | null): Promise<ArtifactRow[]> {
  return ctx.all<ArtifactRow>(
    `SELECT a.generation, a.stage, a.attempt, a.name, a.sha256, a.size_bytes, a.written_at
       FROM run r JOIN artifact a USING (run_k) WHERE r.run_id = ? AND (?::text IS NULL OR a.stage = ?2)
      ORDER BY a.artifact_k`,
    runId,
    stage,
  );
}

export async function setProgress(ctx: SqlContext, fence: Fence, progress: ProgressWrite): Promise<WriteResult> {
  const { items, label, reached } = progress;
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteProgress(ctx, run, 0);
  await writeProgress(ctx, run, items, label);
  if (reached !== undefined) {
    await ctx.run("UPDATE run_live SET reached = ? WHERE run_k = ?", JSON.stringify(reached), run.runK);
  }
  return run.wish;
}

/** Behind a fence, with a sign of life noted with it. */
export async function writeProgress(
  ctx: SqlContext,
  run: HeldRun,
  items: ProgressWrite["items"],
  label: string | null,
): Promise<void> {
  if (label !== null) run.label = label;
  if (items === null) return;
  const [low, high] = items.etaMs ?? [null, null];
  const at = (ms: number | null) => (ms === null ? null : Math.round(ctx.wallMs + ms));
  await ctx.run(
    `UPDATE run_live SET items_done = ?, items_total = ?, items_failed = ?, items_per_s = ?, eta_low_at = ?,
            eta_high_at = ? WHERE run_k = ?`,
    ...[items.done, items.total, items.failed, items.ratePerS, at(low), at(high), run.runK],
  );
}
