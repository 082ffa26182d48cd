/**
 * The workers of one open Holdfast, as those see them who wait for runs: while one works, an unfinished run may still end here.
 * Once all were drained, or the Holdfast is closed, `result()` and followers of events are told instead of waiting for ever.
 *
 * Shared by all that act for somebody else (`as`). A worker that ends of itself (`untilIdle`) stops nobody's wait.
 */
import { isFinished, type RunRecord, WorkersStoppedError } from "@holdfast/core";
import type { ExecutorDeps } from "../run/deps.js";
import type { Executions } from "./executions.js";
import { listLivingWorkers } from "./workers.js";

/** A worker reports every 5 s; who has not been seen for so long is not coming by chance. */
export const NO_WORKER_MS = 30_000;

/** What an open Holdfast has of it. */
interface Opened {
  readonly deps: ExecutorDeps;
  readonly executions: Pick<Executions, "has">;
}

export class Staff {
  private workingCount = 0;
  private isDrained = false;
  private isClosed = false;
  /** Workflows that a warning was given for. */
  private readonly warned = new Set<string>();
  private readonly waiting = new Set<Promise<unknown>>();

  constructor(
    private readonly wakeAll: () => void,
    private readonly onNoWorker: (run: { readonly runId: string; readonly workflow: string }) => void,
  ) {}

  /** A worker begins; its end says whether it was told to stop. */
  begin(): (isDrained: boolean) => void {
    this.workingCount += 1;
    this.isDrained = false;
    return (isDrained) => {
      this.workingCount -= 1;
      if (this.workingCount > 0 || !isDrained) return;
      this.isDrained = true;
      this.wakeAll();
    };
  }

  /** A `result()` that is waited for: closing lets it read once more, and answer. */
  answer<T>(result: Promise<T>): Promise<T> {
    this.waiting.add(result);
    const forget = () => void this.waiting.delete(result);
    result.then(forget, forget);
    return result;
  }

  /** Every execution has ended and the store closes next. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.wakeAll();
    await Promise.allSettled([...this.waiting]);
  }

  /** Asked with each look at an unfinished run. @throws {WorkersStoppedError} WORKERS_STOPPED — nobody here will go on with it. */
  check(opened: Opened, run: RunRecord): void {
    if (isFinished(run.status) || opened.executions.has(run.id)) return;
    if (!this.isClosed && !this.isDrained) return;
    throw new WorkersStoppedError({ runId: run.id, status: run.status, isClosed: this.isClosed });
  }

  /** One wait for a run: the returned function is called with each look, and warns once where no worker is seen. */
  watch(opened: Opened): (run: RunRecord) => Promise<void> {
    const { clock, isProvenDead, store } = opened.deps;
    let unseenSinceMs: number | null = null;
    return async (run) => {
      this.check(opened, run);
      const nowMs = clock.monotonicMs();
      const isSeen = this.workingCount > 0 || opened.executions.has(run.id) || isWaitingForItsTime(run, clock.nowMs());
      if (isSeen || this.warned.has(run.workflow)) unseenSinceMs = null;
      else unseenSinceMs ??= nowMs;
      if (unseenSinceMs === null || nowMs - unseenSinceMs < NO_WORKER_MS) return;
      unseenSinceMs = nowMs;
      const lease = run.status === "running" ? await store.getLease(run.id) : null;
      if (lease !== null && !lease.isExpired && !isProvenDead(lease.holderIdentity)) return;
      const workers = await listLivingWorkers(opened);
      if (workers.some(({ workflows }) => workflows.includes(run.workflow)) || this.warned.has(run.workflow)) return;
      this.warned.add(run.workflow);
      this.onNoWorker({ runId: run.id, workflow: run.workflow });
    };
  }
}

const isWaitingForItsTime = ({ wakeAt, status }: RunRecord, nowMs: number) =>
  (wakeAt !== null && wakeAt > nowMs) || status === "paused" || (status === "waiting" && wakeAt === null);

/** A library prints nothing; Node's warnings are where a program looks for what it did not ask. */
export function warnOfNoWorker({ runId, workflow }: { readonly runId: string; readonly workflow: string }): void {
  process.emitWarning(
    `run ${runId} is waited for, and no living worker takes runs of ${workflow} since 30 s: start one (holdfast worker, or holdfast.startWorker()).`,
    { type: "HoldfastWarning", code: "HOLDFAST_NO_WORKER" },
  );
}
