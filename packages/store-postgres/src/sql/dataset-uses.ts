/** Which datasets the stages of a run depend on. Kept for the run's generation; a fork keeps those of the stages it keeps. */
import type { DatasetUses, Fence } from "@holdfast/core";
import type { WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";

export interface UseRow {
  stage: string;
  attempt: number;
  is_source: number;
  name: string;
  content_sha256: string;
}

export async function noteDatasets(ctx: SqlContext, fence: Fence, uses: DatasetUses): Promise<WriteResult> {
  const { stage, attempt, forget, datasets } = uses;
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const { runK, generation } = run;
  if (forget !== "none") {
    await ctx.run(
      "DELETE FROM dataset_use WHERE run_k = ? AND generation = ? AND stage = ? AND is_source >= ?",
      ...[runK, generation, stage, forget === "source" ? 1 : 0],
    );
  }
  for (const { name, contentSha256, isSource } of datasets) {
    await ctx.run(
      `INSERT INTO dataset_use (run_k, generation, stage, attempt, is_source, name, content_sha256) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (run_k, generation, stage, name, content_sha256)
       DO UPDATE SET attempt = excluded.attempt, is_source = greatest(dataset_use.is_source, excluded.is_source)`,
      ...[runK, generation, stage, attempt, isSource ? 1 : 0, name, contentSha256],
    );
  }
  return run.wish;
}

/** In the order in which they were first asked for. */
export function listDatasetUses(ctx: SqlContext, runId: string): Promise<UseRow[]> {
  return ctx.all<UseRow>(
    `SELECT u.stage, u.attempt, u.is_source, u.name, u.content_sha256
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN dataset_use u USING (run_k)
      WHERE r.run_id = ? AND u.generation = coalesce(l.generation, r.generation) ORDER BY u.use_k`,
    runId,
  );
}
