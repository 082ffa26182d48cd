/** Published values: the latest of each key of a run. */
import type { Fence, PublishWrite } from "@holdfast/core";
import type { PublishedRow, WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";

export function publish(ctx: SqlContext, fence: Fence, values: readonly PublishWrite[]): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  for (const { key, json } of values) {
    ctx.run(
      `INSERT INTO published (run_k, key, json, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (run_k, key) DO UPDATE SET json = excluded.json, at = excluded.at`,
      ...[run.runK, key, json, ctx.wallMs],
    );
  }
  noteAlive(ctx, run, 0);
  return run.wish;
}

export function listPublished(ctx: SqlContext, runId: string): PublishedRow[] {
  return ctx.all<PublishedRow>(
    "SELECT p.key, p.json, p.at FROM run r JOIN published p USING (run_k) WHERE r.run_id = ? ORDER BY p.key",
    runId,
  );
}
