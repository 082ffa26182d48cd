/**
 * A worker whose runs are executed by child processes (`pool.ts`), so that a run which ends its process ends no other's.
 * This process supervises, reports, forwards hints both ways and tells the children to drain.
 */
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import {
  HoldfastError,
  WORKER_DEFAULTS,
  WorkerOptionsInvalidError,
  type WorkerReport,
  WrongUseError,
} from "@holdfast/core";
import { Hints } from "../../base/hints.js";
import { declareSchedules, keepDeclared } from "../../manage/declare-schedules.js";
import { Supervisor } from "../../manage/supervisor.js";
import type { Engine } from "../../opened/engine.js";
import { keepReporting, takeName } from "../../opened/workers.js";
import { isLasting } from "../../run/store-trouble.js";
import type { IsolateOptions, WorkOptions } from "../facade.js";
import { IdleWatch } from "../idle.js";
import { keepAlive } from "../take.js";
import type { WorkInternals } from "../work.js";
import { type ChildTerms, LOOK_MS, Pool } from "./pool.js";
import { type Begin, receiveTrouble } from "./protocol.js";

export interface Isolated {
  readonly store: Begin["store"];
  readonly isolate: IsolateOptions;
  readonly internals: Pick<WorkInternals, "draining" | "graceMs" | "onBegun">;
}

export async function workInProcesses(shared: Engine, options: WorkOptions, isolated: Isolated): Promise<void> {
  const concurrency = options.concurrency ?? WORKER_DEFAULTS.concurrency;
  const processes = checkProcesses(isolated.isolate.processes, concurrency);
  const own = takeName(shared);
  const { opened } = own;
  const { deps } = opened;
  const workflows = options.workflows ?? [...opened.workflows.keys()];
  const alive = keepAlive(deps.clock);
  const stop = new AbortController();
  const defects: unknown[] = [];
  let begin!: () => void;
  const mayBegin = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const pool = new Pool({
    concurrency,
    processes,
    stopGraceMs: deps.stopGraceMs,
    maxBlockedMs: opened.maxBlockedMs,
    mayBegin,
    beginOf: (terms, number) => beginOf(opened, options, isolated, terms, number),
    hasSuspects: () => hasSuspects(opened, workflows),
    countWaiting: (limit) => countWaiting(opened, workflows, limit),
    sleep: (ms, signal) => deps.clock.sleep(ms, signal),
    onTaken: (runId, workflow) => options.onRun?.({ kind: "taken", runId, workflow }),
    onEnded: (runId, workflow, status) => {
      options.onRun?.({ kind: "ended", runId, workflow, status });
      deps.hints.notify(runId, pool);
    },
    onHints: (runIds) => {
      for (const runId of runIds) deps.hints.notify(runId, pool);
    },
    onProcess: (event) => {
      // What was in a process that died is taken up again at once, not at the next scan.
      if (event.kind === "ended" && !event.isExpected && isSupervising && !stop.signal.aborted) {
        void supervisor.scan().catch(endOnDefect);
      }
      options.onProcess?.(event);
    },
    onStoreWait: (child, wait) => {
      if (wait === null) deps.waits.end(child);
      else deps.waits.follow(child, wait);
    },
    onHopeless: ({ message, store }) => {
      const problem = `A worker process could not load ${String(isolated.isolate.module)}: ${message}.`;
      endOnDefect(store === null ? new WrongUseError({ problem }) : receiveTrouble(store));
    },
  });
  const untell = forwardHints(deps.hints, pool);
  const supervisor = new Supervisor(opened, {
    signal: stop.signal,
    isIdle: () => pool.executingCount === 0,
    onSupervise: options.onSupervise,
  });
  const isSupervising = options.supervise ?? true;
  const idle = new IdleWatch(opened, workflows, isSupervising);
  const { internals } = isolated;
  const signals = [options.signal, opened.closing.signal, internals.draining].filter((signal) => signal !== undefined);
  const onStop = () => stop.abort();
  for (const signal of signals) signal.addEventListener("abort", onStop, { once: true });
  if (signals.some((signal) => signal.aborted)) stop.abort();
  // Closing aborts what is under way; whoever closes waits for the children, since they use the same files.
  const onClose = () => void pool.end("abort");
  opened.closing.signal.addEventListener("abort", onClose, { once: true });
  const beside: Promise<void>[] = [];
  const leave = opened.staff.begin();
  const worked = run();
  opened.underWay.add(worked);
  try {
    await worked;
  } finally {
    opened.underWay.delete(worked);
  }
  if (defects.length > 0) throw defects[0];

  async function run(): Promise<void> {
    const looking = new AbortController();
    try {
      // The first child starts beside the scan, and claims when what died before is decided about.
      if (!options.untilIdle && !stop.signal.aborted) pool.fit();
      if (isSupervising && !stop.signal.aborted) await supervisor.scan();
      await declareSchedules(opened, stop.signal);
      beside.push(keepDeclared(opened, stop.signal).catch(endOnDefect));
      begin();
      beside.push(keepReporting(opened, report, stop.signal).catch(endOnDefect));
      if (isSupervising) beside.push(supervisor.supervise().catch(endOnDefect));
      beside.push(keepLooking(looking.signal).catch(endOnDefect));
      internals.onBegun?.();
      if (options.untilIdle) await workUntilIdle();
      else await aborted(stop.signal);
    } finally {
      const isDrained = stop.signal.aborted;
      stop.abort();
      begin();
      // What a stage would still bring could not be recorded in a store that is lost.
      const isAborting = opened.closing.signal.aborted || defects.some(isLasting);
      await pool.end(isAborting ? "abort" : "drain", internals.graceMs?.() ?? null);
      looking.abort();
      // A child that had to be killed could not hand back its runs.
      if (isSupervising && pool.killedCount > 0) await supervisor.scan().catch(endOnDefect);
      await Promise.all(beside);
      for (const signal of signals) signal.removeEventListener("abort", onStop);
      opened.closing.signal.removeEventListener("abort", onClose);
      untell();
      pool.close();
      own.release();
      leave(isDrained);
      alive.release();
    }
  }

  /** Idle is what the store says once no child is left that could have taken a run and not told yet. */
  async function workUntilIdle(): Promise<void> {
    const watch = deps.hints.watch(Hints.ANY);
    while (!stop.signal.aborted && !(await idle.isIdle())) {
      pool.fit();
      do await watch.wait(stop.signal, deps.pollMs);
      while (!stop.signal.aborted && (pool.executingCount > 0 || !(await idle.isIdle())));
      if (!stop.signal.aborted) await Promise.race([pool.end("retire"), aborted(stop.signal)]);
    }
    watch.end();
  }

  /** Children are looked at until the last has ended: one may have to be killed. */
  async function keepLooking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await deps.clock.sleep(LOOK_MS, signal);
      if (!signal.aborted) pool.look();
    }
  }

  function endOnDefect(error: unknown): void {
    defects.push(error);
    stop.abort();
  }

  function report(): WorkerReport {
    const { lastScanAt } = supervisor;
    return { holder: deps.holder, workflows, concurrency, executing: pool.executingCount, isSupervising, lastScanAt };
  }
}

/** What this process changes is told to the children in the same turn of the loop: a start over HTTP waits for no poll. */
function forwardHints(hints: Hints, pool: Pool): () => void {
  const waiting = new Set<string>();
  return hints.onNotify((runId, from) => {
    if (from === pool) return;
    if (waiting.size === 0) {
      queueMicrotask(() => {
        const runIds = [...waiting];
        waiting.clear();
        pool.hint(runIds);
      });
    }
    waiting.add(runId);
  });
}

function beginOf(
  { deps, dataDir, maxBlockedMs }: Engine,
  options: WorkOptions,
  { store, isolate }: Isolated,
  terms: ChildTerms,
  number: number,
): Begin {
  const { module } = isolate;
  const isUrl = module instanceof URL || /^(file|data|node):/.test(module);
  return {
    kind: "begin",
    store,
    artifacts: deps.artifacts.processModule,
    datasetFiles: deps.datasetFiles.moduleUrl,
    workflows: { url: isUrl ? String(module) : pathToFileURL(module).href, options: isolate.options },
    names: options.workflows ?? null,
    ...terms,
    // The parent's name and which of its children: leases, locks and events show where a run is executed.
    holder: `${deps.holder.name}#${number}`,
    dataDir,
    leaseMs: deps.leaseMs,
    heartbeatMs: deps.reportMs,
    stopGraceMs: deps.stopGraceMs,
    maxBlockedMs,
    pollMs: deps.pollMs,
    limits: deps.limits,
    stageFiles: deps.isWritingStageFiles,
  };
}

function checkProcesses(asked: number | undefined, concurrency: number): number {
  const processes = asked ?? Math.min(availableParallelism(), concurrency);
  if (!Number.isInteger(processes) || processes < 1 || processes > concurrency) {
    throw new WorkerOptionsInvalidError({
      option: "processes",
      expected: `a whole number from 1 to the concurrency, ${concurrency}`,
    });
  }
  return processes;
}

/** Runs whose time has come and that nobody executes, at most `limit`. The store's trouble counts as none: it is asked again. */
async function countWaiting({ deps }: Engine, workflows: readonly string[], limit: number): Promise<number> {
  const nowMs = deps.clock.nowMs();
  let count = 0;
  try {
    for (const workflow of workflows) {
      const { rows } = await deps.store.listRuns({ status: "queued", workflow, limit });
      count += rows.filter(({ wakeAt }) => wakeAt === null || wakeAt <= nowMs).length;
      if (count >= limit) return limit;
    }
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
  }
  return count;
}

async function hasSuspects({ deps }: Engine, workflows: readonly string[]): Promise<boolean> {
  try {
    return await deps.store.hasSuspects(workflows);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return false; // the store's trouble: asked again at the next look
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
