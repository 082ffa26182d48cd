/**
 * Sleeps, recorded beside the store from the calls only, like `store-ledger.ts`. A sleep lasts as long as it was first asked to,
 * whoever looks at it and however the wall clock jumps. That each ends at all shows in runs that come to rest.
 */
import type { WaitOpen } from "@holdfast/core";
import { holds } from "./violation.js";

export class WaitLedger {
  /** When each sleep may end, on the monotonic clock, by run and stage. */
  private readonly dueMs = new Map<string, Map<string, number>>();

  /** An execution opened the wait, or looked at it. @throws {InvariantBroken} */
  looked(runId: string, { stage, due }: WaitOpen, isEnded: boolean, atMs: number): void {
    const ofRun = this.dueMs.get(runId) ?? new Map<string, number>();
    this.dueMs.set(runId, ofRun);
    if (due?.kind === "after" && !ofRun.has(stage)) ofRun.set(stage, atMs + due.ms);
    if (isEnded) this.ended(runId, stage, atMs);
  }

  /** @throws {InvariantBroken} */
  ended(runId: string, stage: string, atMs: number): void {
    const leftMs = (this.dueMs.get(runId)?.get(stage) ?? atMs) - atMs;
    // The store counts whole milliseconds.
    holds(leftMs < 1, () => `the sleep ${stage} of ${runId} ended ${leftMs} ms before its time`);
  }

  /** The stage was reopened: it is waited for anew. */
  forget(runId: string, stage: string): void {
    this.dueMs.get(runId)?.delete(stage);
  }

  /** The run was restarted. */
  forgetAll(runId: string): void {
    this.dueMs.delete(runId);
  }
}
