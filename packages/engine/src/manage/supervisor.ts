/**
 * The supervisor of a worker: looks for runs that need a decision, carries out what `decideRecovery` says, wakes paused
 * runs whose time has come, and removes what retention lets go. Any number of them may run at once: the store asks again
 * in the transaction of each decision, so the first is the only one.
 */
import { type Actor, HoldfastError, isIdleCheckDue, type RecoveryPolicy } from "@holdfast/core";
import { Hints } from "../base/hints.js";
import type { Engine } from "../opened/engine.js";
import { isLasting } from "../run/store-trouble.js";
import { carryOutAll } from "./carry-out.js";
import type { SuperviseEvent } from "./facade.js";
import { findRecoveries, toManagedRun } from "./findings.js";
import { clearLeftovers } from "./leftovers.js";
import { deleteRemovedRows } from "./removed-rows.js";
import { RETENTION_EVERY_MS, retain } from "./retention.js";
import { tickDue } from "./tick-schedules.js";
import { wakeDue } from "./wake-waits.js";

const WAKE_COUNT = 100;
/** What removed runs left behind is in nobody's way; a worker that is never idle removes one slice this often. */
const HOUSE_MS = 10_000;

export interface SupervisorOptions {
  readonly signal: AbortSignal;
  /** Executing nothing and having nothing to claim: time for what can wait. */
  readonly isIdle: () => boolean;
  readonly onSupervise: ((event: SuperviseEvent) => void) | undefined;
}

export class Supervisor {
  /** When the last scan ended, milliseconds UTC. */
  lastScanAt: number | null = null;
  private lastScanMs: number | null = null;
  private lastRetentionMs: number | null = null;
  private readonly actor: Actor;

  constructor(
    private readonly opened: Engine,
    private readonly options: SupervisorOptions,
  ) {
    this.actor = { id: opened.deps.holder.name, via: "supervisor", requestId: null };
  }

  /** Until the signal aborts. The first scan is the caller's, before its first claim. */
  async supervise(): Promise<void> {
    await Promise.all([this.keepScanning(), this.keepWaking(), this.keepHouse()]);
  }

  /** Beside the scans, whose pace is too slow for an instant. */
  private async keepWaking(): Promise<void> {
    const { deps } = this.opened;
    const { signal } = this.options;
    while (!signal.aborted) {
      let nextMs = deps.scanMs;
      await tolerate(async () => {
        nextMs = Math.min(await wakeDue(deps), await tickDue(this.opened));
      });
      await deps.clock.sleep(nextMs, signal);
    }
  }

  private async keepScanning(): Promise<void> {
    const { clock, scanMs } = this.opened.deps;
    const { signal } = this.options;
    while (!signal.aborted) {
      await clock.sleep(scanMs, signal);
      if (!signal.aborted) await this.scan();
    }
  }

  /** One look at all runs. Trouble that may pass makes it end early, and the next look makes up for it. */
  async scan(): Promise<void> {
    const { clock, store, hints } = this.opened.deps;
    await tolerate(async () => {
      distrustOverdue(this.opened);
      const nowMs = clock.monotonicMs();
      const { lastScanMs } = this;
      const isIdleJudged = ({ idleCheckMs }: RecoveryPolicy) => isIdleCheckDue(idleCheckMs, lastScanMs, nowMs);
      const { findings } = await findRecoveries(this.opened, { isIdleJudged });
      await carryOutAll(this.opened, findings, {
        actor: this.actor,
        reason: null,
        onDone: (finding) => this.options.onSupervise?.({ kind: "recovered", ...toManagedRun(finding) }),
      });
      if ((await store.wakePaused(WAKE_COUNT)) > 0) hints.notify(Hints.ANY);
      this.lastScanMs = nowMs;
      this.lastScanAt = clock.nowMs();
    });
  }

  /** Beside the scans, so that a large cleanup delays no recovery: retention each hour, and what removed runs left behind. */
  private async keepHouse(): Promise<void> {
    const { clock } = this.opened.deps;
    const { signal } = this.options;
    while (!signal.aborted) {
      await tolerate(async () => {
        await this.retainHourly();
        await this.deleteRemovedRows();
      });
      await clock.sleep(HOUSE_MS, signal);
    }
  }

  private async retainHourly(): Promise<void> {
    const { retention, deps } = this.opened;
    const nowMs = deps.clock.monotonicMs();
    const isDue = this.lastRetentionMs === null || nowMs - this.lastRetentionMs >= RETENTION_EVERY_MS;
    if (retention === null || !isDue) return;
    // What died before may have left folders behind; since then this process would have to die itself.
    if (this.lastRetentionMs === null)
      await clearLeftovers(this.opened, { checkOnly: false, signal: this.options.signal });
    this.lastRetentionMs = nowMs;
    const { count, freedBytes } = await retain(this.opened, retention, this.actor.id, this.options.signal);
    if (count > 0) this.options.onSupervise?.({ kind: "cleaned", count, freedBytes });
  }

  /** All of it while nothing else is to be done; else a slice, so that a worker always at work gets there too. */
  private async deleteRemovedRows(): Promise<void> {
    const { signal, isIdle } = this.options;
    await deleteRemovedRows(this.opened.deps.store, () => signal.aborted || !isIdle());
  }
}

/**
 * End executions whose lease ran out while this process was stopped, before it recovers or claims anything: else it could
 * take its own run again beside the execution that does not know yet.
 */
export function distrustOverdue(opened: Engine): void {
  for (const execution of opened.executions) execution.stopping.mayBegin();
}

/** A look that fails is made again. Trouble of the store that stays must show, and so must anything else: it is a defect. */
async function tolerate(look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!(error instanceof HoldfastError) || isLasting(error)) throw error;
  }
}
