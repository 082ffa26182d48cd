/** Checkpoints, artifacts and progress: what a stage leaves beside its outcome. */
import type { AttemptStore, Fence, ProgressWrite } from "@holdfast/core";
import type { ArtifactRow, CheckpointRow, WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HotRun } from "../hot.js";
import { insertEvent } from "./events.js";
import { isRefusal, noteAlive, noteProgress, passFence } from "./fence.js";
import { jsonOf } from "./json-of.js";

/** One checkpoint a stage, the newest; clearing one writes no event. */
export function saveCheckpoint(
  ctx: SqlContext,
  fence: Fence,
  { stage, attempt, json }: Parameters<AttemptStore["saveCheckpoint"]>[1],
): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { runK } = run;
  if (json === null) {
    noteAlive(ctx, run, 0);
    ctx.run("DELETE FROM checkpoint WHERE run_k = ? AND stage = ?", runK, stage);
    return run.wish;
  }
  run.hasRecord = 1;
  ctx.run(
    `INSERT INTO checkpoint (run_k, stage, generation, attempt, saved_at, json) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_k, stage) DO UPDATE SET generation = excluded.generation, attempt = excluded.attempt,
       saved_at = excluded.saved_at, json = excluded.json`,
    runK,
    stage,
    run.generation,
    attempt,
    ctx.wallMs,
    json,
  );
  const body = `{"attempt":${attempt},"sizeBytes":${Buffer.byteLength(json)}}`;
  insertEvent(ctx, runK, noteProgress(ctx, run, 1), "checkpoint.saved", stage, body);
  return run.wish;
}

/** A checkpoint of an earlier generation does not answer. */
export function getCheckpoint(ctx: SqlContext, runId: string, stage: string): CheckpointRow | null {
  return (
    ctx.get<CheckpointRow>(
      `SELECT c.stage, c.attempt, c.saved_at, c.json
         FROM run r LEFT JOIN run_live l USING (run_k) JOIN checkpoint c USING (run_k)
        WHERE r.run_id = ? AND c.stage = ? AND c.generation = coalesce(l.generation, r.generation)`,
      runId,
      stage,
    ) ?? null
  );
}

/** Writing the same name again in one attempt replaces the record: the file was replaced too. */
export function recordArtifact(
  ctx: SqlContext,
  fence: Fence,
  { stage, attempt, name, sha256, sizeBytes }: Parameters<AttemptStore["recordArtifact"]>[1],
): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  ctx.run(
    `INSERT INTO artifact (run_k, generation, stage, attempt, name, sha256, size_bytes, written_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_k, stage, attempt, name) DO UPDATE SET sha256 = excluded.sha256,
       size_bytes = excluded.size_bytes, written_at = excluded.written_at`,
    run.runK,
    run.generation,
    stage,
    attempt,
    name,
    sha256,
    sizeBytes,
    ctx.wallMs,
  );
  const body = JSON.stringify({ attempt, name, sizeBytes, sha256 });
  insertEvent(ctx, run.runK, noteAlive(ctx, run, 1), "artifact.written", stage, body);
  return run.wish;
}

export function listArtifacts(ctx: SqlContext, runId: string, stage?: string | undefined): ArtifactRow[] {
  return ctx.all<ArtifactRow>(
    `SELECT a.generation, a.stage, a.attempt, a.name, a.sha256, a.size_bytes, a.written_at
       FROM run r JOIN artifact a USING (run_k) WHERE r.run_id = ? ${stage === undefined ? "" : "AND a.stage = ?"}
      ORDER BY a.artifact_k`,
    runId,
    ...(stage === undefined ? [] : [stage]),
  );
}

export function setProgress(ctx: SqlContext, fence: Fence, progress: ProgressWrite): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteProgress(ctx, run, 0);
  writeProgress(ctx, run, progress);
  return run.wish;
}

/** Behind a fence, with a sign of life noted with it. */
export function writeProgress(ctx: SqlContext, run: HotRun, { items, label, reached }: ProgressWrite): void {
  if (label !== null) run.label = label;
  if (reached !== undefined) ctx.run("UPDATE run_live SET reached = ? WHERE run_k = ?", jsonOf(reached), run.runK);
  if (items === null) return;
  const { done, total, failed, ratePerS, etaMs } = items;
  const [etaLowMs, etaHighMs] = etaMs ?? [null, null];
  ctx.run(
    `UPDATE run_live SET items_done = ?, items_total = ?, items_failed = ?, items_per_s = ?, eta_low_at = ?,
            eta_high_at = ? WHERE run_k = ?`,
    done,
    total,
    failed,
    ratePerS,
    etaLowMs === null ? null : Math.round(ctx.wallMs + etaLowMs),
    etaHighMs === null ? null : Math.round(ctx.wallMs + etaHighMs),
    run.runK,
  );
}
