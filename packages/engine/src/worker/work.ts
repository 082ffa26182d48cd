/**
 * A worker: claims queued runs of the workflows it knows, executes up to `concurrency` at a time, supervises, and drains
 * when its signal aborts. Polling is the truth; hints of this process make it sooner.
 */
import {
  type Claim,
  HoldfastError,
  WORKER_DEFAULTS,
  WorkerOptionsInvalidError,
  type WorkerReport,
} from "@holdfast/core";
import { Hints } from "../base/hints.js";
import { declareSchedules, keepDeclared } from "../manage/declare-schedules.js";
import { distrustOverdue, Supervisor } from "../manage/supervisor.js";
import type { Engine } from "../opened/engine.js";
import { keepReporting, takeName } from "../opened/workers.js";
import type { Execution } from "../run/execution.js";
import { isLasting } from "../run/store-trouble.js";
import { codesOf } from "../workflow/code-of.js";
import type { WorkOptions } from "./facade.js";
import { IdleWatch } from "./idle.js";
import { executeClaim, keepAlive } from "./take.js";

/** After a failed look at the store (busy, restarting): long enough not to make it worse. */
const STORE_RETRY_MS = 1_000;

/**
 * How many runs may wait for the answer to their report beside those that are executed: a store that takes no reports must not fill
 * the process with leases. More than a group of the store holds gains nothing.
 */
const REPORTING_MAX = 64;

/** From so many places on, a worker claims half of them at a time; below, a claim brings too few runs for its commit. */
const HALVES_FROM = 32;
/** A store that takes longer for a claim waits for its disk most of the time: fewer and larger commits bring more. */
const QUICK_CLAIM_MS = 5;

/** A claimed run under way here; its execution is known once its history is loaded. */
interface Taken {
  execution: Execution | null;
  done: Promise<void>;
  /** Its code is over and its report is on its way: it holds a lease, but no place. */
  isReporting: boolean;
}

/** What a worker is told by the engine itself: by `startWorker`, and in a child process by its parent. */
export interface WorkInternals {
  /** Aborts when it shall claim nothing more, finish what it has and return. */
  readonly retire?: AbortSignal | undefined;
  /** Report itself as a worker. Default true; a child process is part of its parent's report. */
  readonly isReporting?: boolean | undefined;
  /** Asked before each claim, in place of the options: a parent changes them. */
  readonly terms?: (() => { readonly places: number; readonly aloneAfter: 1 | 2 }) | undefined;
  /** Aborts to drain it; `graceMs` answers how long that may take then, null for the usual grace. */
  readonly draining?: AbortSignal | undefined;
  readonly graceMs?: (() => number | null) | undefined;
  /** Called once, when it is about to claim for the first time. */
  readonly onBegun?: (() => void) | undefined;
  /** Takes one run under suspicion at a time and no others. */
  readonly isForSuspects?: boolean | undefined;
}

export async function work(shared: Engine, options: WorkOptions, internals: WorkInternals = {}): Promise<void> {
  const { retire, isReporting = true, isForSuspects = false } = internals;
  const concurrency = options.concurrency ?? WORKER_DEFAULTS.concurrency;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new WorkerOptionsInvalidError({ option: "concurrency", expected: "a whole number of at least 1" });
  }
  const terms = internals.terms ?? (() => ({ places: concurrency, aloneAfter: options.aloneAfter ?? 2 }));
  const own = takeName(shared);
  const { opened } = own;
  const workflows = options.workflows ?? [...opened.workflows.keys()];
  const alive = keepAlive(opened.deps.clock);
  const executing = new Set<Taken>();
  let reportingCount = 0;
  /** How long the last claim took. */
  let claimMs = 0;
  const defects: unknown[] = [];
  const stop = new AbortController();
  /** Set while all places are taken: called when one is free, or nothing more is to be done. */
  let wakeWhenFree: (() => void) | null = null;
  const shutdown = (isAborting: boolean) => {
    return { why: "shutdown", isAborting, graceMs: internals.graceMs?.() ?? undefined } as const;
  };
  const end = (isAborting: boolean) => {
    stop.abort();
    wakeWhenFree?.();
    for (const { execution } of executing) execution?.stopping.stop(shutdown(isAborting));
  };
  const drain = () => end(false);
  const signals = [options.signal, opened.closing.signal, internals.draining].filter((signal) => signal !== undefined);
  for (const signal of signals) signal.addEventListener("abort", drain, { once: true });
  if (signals.some((signal) => signal.aborted)) drain();
  const endWait = () => {
    wakeWhenFree?.();
    watch.hear();
  };
  retire?.addEventListener("abort", endWait, { once: true });
  const supervisor = new Supervisor(opened, {
    signal: stop.signal,
    isIdle: () => executing.size === 0,
    onSupervise: options.onSupervise,
  });
  const isSupervising = options.supervise ?? true;
  const idle = new IdleWatch(opened, workflows, isSupervising);
  const beside: Promise<void>[] = [];
  const watch = opened.deps.hints.watch(Hints.ANY);
  const leave = opened.staff.begin();

  try {
    // What died before is decided about before anything new is taken.
    if (isSupervising && !stop.signal.aborted) await supervisor.scan();
    if (isReporting) {
      // Before the first tick, which would be one of the code before.
      await declareSchedules(opened, stop.signal);
      beside.push(keepDeclared(opened, stop.signal).catch(endOnDefect));
    }
    if (isReporting) beside.push(keepReporting(opened, report, stop.signal).catch(endOnDefect));
    if (isSupervising) beside.push(supervisor.supervise().catch(endOnDefect));
    internals.onBegun?.();
    while (!stop.signal.aborted && !retire?.aborted) {
      distrustOverdue(opened);
      const { places } = terms();
      const takenCount = await claimSome(Math.min(freeOf(places), atOnce(places)));
      if (takenCount > 0 && freeOf(places) > 0) continue;
      if (executing.size === 0 && options.untilIdle && (await idle.isIdle())) break;
      await waitForWork();
    }
    if (retire?.aborted) while (!stop.signal.aborted && executing.size > 0) await [...executing][0]?.done;
  } catch (error) {
    endOnDefect(error);
  } finally {
    const isDrained = stop.signal.aborted;
    for (const signal of signals) signal.removeEventListener("abort", drain);
    retire?.removeEventListener("abort", endWait);
    stop.abort();
    await Promise.all([...executing].map(({ done }) => done));
    await Promise.all(beside);
    watch.end();
    own.release();
    leave(isDrained);
    alive.release();
  }
  if (defects.length > 0) throw defects[0];

  /**
   * Of so many places. A run whose code is over gives its place to the next, so that its report and the claim of the next share
   * a commit; user code is never executed in more than `places` runs at a time.
   */
  function freeOf(places: number): number {
    const leasesMax = places + Math.min(places, REPORTING_MAX);
    return Math.min(places - (executing.size - reportingCount), leasesMax - executing.size);
  }

  /**
   * How many runs to claim at a time. Half of many: while this thread executes one half, the store writes the reports of the other
   * and claims the next. All at once, the two would take turns.
   */
  function atOnce(places: number): number {
    return places >= HALVES_FROM && claimMs <= QUICK_CLAIM_MS ? Math.ceil(places / 2) : places;
  }

  /** Claims up to `limit` runs and begins each; how many. */
  async function claimSome(limit: number): Promise<number> {
    if (limit <= 0) return 0;
    const { store, clock, holder, leaseMs } = opened.deps;
    const { aloneAfter } = terms();
    const codes = codesOf(opened.workflows.values());
    try {
      const taken = await opened.company.claim(aloneAfter, async (suspects) => {
        const askedAtMs = clock.monotonicMs();
        const claims = await store.claim({
          workflows,
          limit,
          holder,
          leaseMs,
          suspects: isForSuspects ? "only" : suspects,
          aloneAfter,
          codes,
        });
        claimMs = clock.monotonicMs() - askedAtMs;
        for (const claim of claims) begin(claim, askedAtMs);
        return claims.length;
      });
      return taken ?? 0;
    } catch (error) {
      if (!(error instanceof HoldfastError) || !error.spec.isRetryable) throw error;
      await clock.sleep(STORE_RETRY_MS, stop.signal);
      return 0;
    }
  }

  function begin(claim: Claim, askedAtMs: number): void {
    // Registered before it starts: a run that was never claimed before begins within this very call.
    const taken: Taken = { execution: null, done: Promise.resolve(), isReporting: false };
    executing.add(taken);
    const onExecution = (execution: Execution) => {
      taken.execution = execution;
      options.onRun?.({ kind: "taken", runId: claim.run.id, workflow: claim.run.workflow });
      if (stop.signal.aborted) execution.stopping.stop(shutdown(defects.some(isLasting)));
    };
    const onReporting = () => {
      taken.isReporting = true;
      reportingCount++;
      wakeWhenFree?.();
    };
    taken.done = executeClaim(opened, claim, askedAtMs, "handBack", onExecution, onReporting)
      .then(
        ({ status }) => options.onRun?.({ kind: "ended", runId: claim.run.id, workflow: claim.run.workflow, status }),
        (error) => {
          // The run's own errors are its outcome, and a store that failed shows in the lease that runs out. Anything
          // else is a defect: the worker drains and says so.
          if (!(error instanceof HoldfastError)) endOnDefect(error);
        },
      )
      .finally(() => {
        executing.delete(taken);
        if (taken.isReporting) reportingCount--;
        // What is dropped here may outlive its set: nothing large may hang on it.
        taken.execution = null;
        wakeWhenFree?.();
        opened.deps.hints.notify(Hints.ANY);
      });
  }

  function endOnDefect(error: unknown): void {
    defects.push(error);
    // What a stage would still bring could not be recorded in a store that is lost.
    end(defects.some(isLasting));
  }

  function report(): WorkerReport {
    const { holder } = opened.deps;
    const { lastScanAt } = supervisor;
    return { holder, workflows, concurrency, executing: executing.size - reportingCount, isSupervising, lastScanAt };
  }

  async function waitForWork(): Promise<void> {
    if (freeOf(concurrency) > 0) return watch.wait(stop.signal, opened.deps.pollMs);
    if (stop.signal.aborted || retire?.aborted) return;
    // Nobody is asked for work while all places are taken, so a hint need not wake this worker.
    // Not a race with a promise that lasts as long as the worker: each turn would leave something on it.
    await new Promise<void>((resolve) => {
      wakeWhenFree = resolve;
    });
    wakeWhenFree = null;
  }
}
