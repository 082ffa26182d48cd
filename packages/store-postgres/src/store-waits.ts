/** Waits of the contract, over PostgreSQL. */
import type { Fence, OpenWaitView, RunId, WaitAnswer, WaitOpen, WaitsWoken } from "@holdfast/core";
import { toStageRecord } from "@holdfast/store-sql";
import { sweepFamilies } from "./sql/family.js";
import { getNextDueMs, listOpen, openWait, wakeWaits } from "./sql/waits.js";
import { PostgresClaims } from "./store-claims.js";

export abstract class PostgresWaits extends PostgresClaims {
  async openWait(fence: Fence, wait: WaitOpen): Promise<WaitAnswer> {
    const result = await this.db.write("strict", fence.runId, (ctx) => openWait(ctx, fence, wait));
    if (result.kind === "duplicate") throw new Error("the fence of a wait answered that a stage is recorded already");
    return result.kind === "settled" ? { ...result, record: toStageRecord(result.record) } : result;
  }

  async wakeWaits(limit: number): Promise<WaitsWoken> {
    const woken = await this.db.write("strict", null, (ctx) => wakeWaits(ctx, limit));
    for (const { runId } of woken.settled) this.db.onChanged(runId);
    // Apart: the one locks parents before children, the other children first.
    const orphaned = await this.db.write("strict", null, (ctx) => sweepFamilies(ctx, limit));
    for (const runId of orphaned) this.db.onChanged(runId);
    return orphaned.length === 0 ? woken : { ...woken, orphaned };
  }

  listOpenWaits(runId: RunId): Promise<readonly OpenWaitView[]> {
    return this.db.read((ctx) => listOpen(ctx, runId));
  }

  getNextDueMs(): Promise<number | null> {
    return this.db.read((ctx) => getNextDueMs(ctx));
  }
}
