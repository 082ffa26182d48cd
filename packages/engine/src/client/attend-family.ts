/**
 * The runs below a run that is executed in the foreground, while it waits for them: queued ones are executed here, a few at a time,
 * since no worker may be there to do it. Those whose worker has died are queued again first. Nothing beside the family is taken.
 */
import {
  type ClaimTerms,
  HoldfastError,
  isThrown,
  type RunId,
  type RunRecord,
  revisionOf,
  WORKER_DEFAULTS,
} from "@holdfast/core";
import { carryOutAll } from "../manage/carry-out.js";
import { findRecoveries } from "../manage/findings.js";
import type { Engine } from "../opened/engine.js";
import type { Execution } from "../run/execution.js";
import { executeClaim } from "../worker/take.js";
import type { Taken } from "./take.js";

/** Children of one parent that are looked at in one look. */
const PAGE_COUNT = 100;

export class AttendedFamily {
  /** Runs whose children are looked for: the one in the foreground, and those below it that wait themselves. */
  private readonly parents = new Set<RunId>();
  private readonly executing = new Map<RunId, Execution | null>();
  private readonly underWay = new Set<Promise<void>>();
  private stopped: { readonly isAborting: boolean; readonly reason?: string | undefined } | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly rootId: RunId,
    private readonly terms: ClaimTerms,
  ) {
    this.parents.add(rootId);
  }

  /** Begins what is queued below, as far as places are free. */
  async look(): Promise<void> {
    for (const parent of [...this.parents]) {
      for (const status of ["waiting", "running", "queued"] as const) {
        if (this.stopped !== null || this.freeCount === 0) return;
        await this.lookAt(parent, status);
      }
    }
  }

  /** Page by page, since those that come first may not be for this process. */
  private async lookAt(parent: RunId, status: RunRecord["status"]): Promise<void> {
    for (let cursor: string | undefined; ; ) {
      const { rows, next } = await this.engine.deps.store.listRuns({ parent, status, limit: PAGE_COUNT, cursor });
      // The oldest of a page first, as a worker takes them.
      for (const run of [...rows].reverse()) await this.attend(run);
      if (next === null || this.stopped !== null || this.freeCount === 0) return;
      cursor = next;
    }
  }

  private get freeCount(): number {
    return Math.max(0, WORKER_DEFAULTS.concurrency - this.executing.size);
  }

  private async attend(run: RunRecord): Promise<void> {
    if (run.status === "waiting") this.parents.add(run.id);
    if (run.status === "running" && !this.executing.has(run.id)) await this.recover(run.id);
    if (run.status !== "queued" || this.freeCount === 0 || this.stopped !== null) return;
    // Of a workflow that only other workers know.
    if (!this.engine.workflows.has(run.workflow)) return;
    const taken = await this.take(run);
    if (taken === null) return;
    this.executing.set(run.id, null);
    const done = executeClaim(this.engine, taken.claim, taken.askedAtMs, "handBack", (execution) => {
      this.executing.set(run.id, execution);
      if (this.stopped !== null) execution.stopping.stop({ why: "shutdown", ...this.stopped });
    }).then(
      ({ status }) => this.end(run.id, status === "waiting"),
      (error: unknown) => {
        this.end(run.id, false);
        if (!isThrown(error, HoldfastError)) throw error;
      },
    );
    this.underWay.add(done);
    // A defect stays, for `whenDone`.
    done.then(
      () => this.underWay.delete(done),
      () => {},
    );
  }

  /** As a worker takes it: what has changed since it was recorded pauses its execution. */
  private async take(run: RunRecord): Promise<Taken | null> {
    const { store, clock } = this.engine.deps;
    if (run.wakeAt !== null && run.wakeAt > clock.nowMs()) return null;
    const askedAtMs = clock.monotonicMs();
    const outcome = await store.requeue({
      runId: run.id,
      from: ["queued"],
      by: this.engine.actor.id,
      through: run.through,
      isByPerson: false,
      directive: run.directive,
      input: null,
      deadHolder: null,
      claim: this.terms,
      audit: null,
      ifRevision: revisionOf(run),
    });
    return outcome.kind === "claimed" ? { claim: outcome.claim, askedAtMs } : null;
  }

  private end(runId: RunId, isWaiting: boolean): void {
    this.executing.delete(runId);
    // What an ended one left behind is for the workers.
    if (isWaiting) this.parents.add(runId);
    else this.parents.delete(runId);
    // A place is free, and whoever is above it may have been woken.
    this.engine.deps.hints.notifyFollowers(this.rootId);
  }

  /** What died with its worker is queued again, as a supervisor would do it. */
  private async recover(runId: RunId): Promise<void> {
    const actor = { id: this.engine.deps.holder.name, via: "supervisor", requestId: null } as const;
    const { findings } = await findRecoveries(this.engine, { runId });
    await carryOutAll(this.engine, findings, { actor, reason: null, onDone: () => {} });
  }

  /** Hands back what is executed here. */
  stop(how: { readonly isAborting: boolean; readonly reason?: string | undefined }): void {
    this.stopped = how;
    for (const execution of this.executing.values()) execution?.stopping.stop({ why: "shutdown", ...how });
  }

  /** Until nothing of the family is executed here any more. @throws the first defect of one of them. */
  async whenDone(): Promise<void> {
    for (const ended of await Promise.allSettled(this.underWay)) if (ended.status === "rejected") throw ended.reason;
  }
}
