/**
 * A worker as a command runs it: until a signal drains it, or until it is idle. The first signal hands the runs back to
 * the queue once what is in flight has ended, the second aborts, the third exits.
 */
import { EXIT, plural, WORKER_DEFAULTS } from "@holdfast/core";
import {
  catchStrayErrors,
  type Holdfast,
  type IsolateOptions,
  type ProcessEvent,
  type SuperviseEvent,
  type WorkEvent,
} from "@holdfast/engine";
import type { ChildWorkflows } from "./child-workflows.js";
import type { Cli } from "./cli.js";
import { leave, watchForExit } from "./leave.js";
import { oneLine } from "./output/text.js";
import { exitCodeOfSignal, listenToSignals } from "./signals.js";

export interface WorkUntilStopped {
  /** Null: no worker, only waiting for the signal. */
  readonly worker: {
    readonly concurrency: number;
    /** Child processes that execute the runs; undefined: as many as there are cores. */
    readonly processes: number | undefined;
    readonly workflows: readonly string[] | undefined;
    readonly untilIdle: boolean;
    /** Default true. */
    readonly supervise?: boolean | undefined;
    readonly onRun?: ((event: WorkEvent) => void) | undefined;
    readonly onSupervise?: ((event: SuperviseEvent) => void) | undefined;
    readonly onProcess?: ((event: ProcessEvent) => void) | undefined;
  } | null;
  /** Without a worker: supervise all the same. Default false; a worker has its own. */
  readonly isSupervising?: boolean | undefined;
  /** Rejects when something beside it broke, which ends it. */
  readonly broken?: Promise<never> | undefined;
  /** Called once signals are heard: what is said from here on may be answered with one. */
  readonly onReady?: (() => void) | undefined;
  /** Stopped with the first signal, and waited for. */
  readonly stopBeside?: (() => Promise<void>) | undefined;
}

/** Answers the exit code: 0 when idle or when nothing was drained, 75 drained, 130 or 143 aborted. */
export async function workUntilStopped(cli: Cli, holdfast: Holdfast, how: WorkUntilStopped): Promise<number> {
  const { console } = cli;
  const { worker } = how;
  const draining = new AbortController();
  const { promise: aborted, resolve: abort } = withResolvers<void>();
  const watch = watchForExit(holdfast);
  catchStrayErrors();
  const signals = listenToSignals(process, {
    graceMs: (await cli.settings()).stopGraceMs ?? WORKER_DEFAULTS.stopGraceMs,
    drain: () => draining.abort(),
    abort,
    exit: (code) => {
      watch.release();
      leave(holdfast, code);
    },
    say: (text) => console.message(text),
  });
  how.onReady?.();
  const words = sayWork(cli, holdfast);
  const onRun = (event: WorkEvent) => {
    words.tell(event);
    worker?.onRun?.(event);
  };
  const onSupervise = (event: SuperviseEvent) => {
    console.message(wordSupervision(event));
    worker?.onSupervise?.(event);
  };
  const onProcess = (event: ProcessEvent) => {
    if (event.kind === "ended" && !event.isExpected) console.warning(wordDeath(event));
    worker?.onProcess?.(event);
  };
  const stopped = new Promise<void>((resolve) => {
    draining.signal.addEventListener("abort", () => resolve(), { once: true });
  }).then(() => how.stopBeside?.());
  const supervise = async () => {
    const supervisor = await holdfast.startSupervisor({ onSupervise, signal: draining.signal });
    await supervisor.done;
  };
  try {
    const work =
      worker === null
        ? how.isSupervising
          ? supervise()
          : stopped
        : holdfast.work({
            ...optionsOf(worker),
            onRun,
            onSupervise,
            onProcess,
            signal: draining.signal,
            isolate: await isolation(cli, worker),
          });
    await Promise.race([
      work.then(() => (draining.signal.aborted ? stopped : how.stopBeside?.())),
      aborted.then(() => holdfast.close()),
      ...(how.broken === undefined ? [] : [how.broken]),
    ]);
  } finally {
    watch.release();
    await words.told();
    signals.stop();
  }
  const { phase, abortedBy } = signals.state();
  if (phase === "aborting" && abortedBy !== null) return exitCodeOfSignal(abortedBy);
  return phase === "draining" && worker !== null ? EXIT.paused : EXIT.done;
}

/** What is the engine's to know; how many processes there are is part of `isolate`. */
function optionsOf({ processes: _, ...options }: NonNullable<WorkUntilStopped["worker"]>) {
  return options;
}

/** Runs are executed by child processes that load the same configuration. */
async function isolation(
  cli: Cli,
  { processes, workflows }: NonNullable<WorkUntilStopped["worker"]>,
): Promise<IsolateOptions> {
  const { file } = await cli.config();
  const options: ChildWorkflows = { cwd: cli.cwd, configFile: file, names: workflows ?? null };
  return { module: new URL("./child-workflows.js", import.meta.url), options, processes };
}

function wordDeath({ pid, code, signal, runIds }: ProcessEvent & { kind: "ended" }): string {
  const how = signal === null ? `with code ${code ?? "unknown"}` : `by ${signal}`;
  const runs = runIds.length === 0 ? "it executed no run" : `its runs are recovered: ${runIds.join(", ")}`;
  return `worker process ${pid ?? ""} ended ${how}; ${runs}`;
}

export function wordSupervision(event: SuperviseEvent): string {
  if (event.kind === "cleaned") return `retention removed ${plural(event.count, "run")}`;
  const { runId, workflow, action, reason } = event;
  return `run ${runId} (${oneLine(workflow)}) ${SUPERVISED[action]}: ${oneLine(reason)}`;
}

const SUPERVISED = { resume: "queued again", pause: "paused", fail: "failed", cancel: "cancelled" } as const;

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Says which runs were taken and how each ended, with why where it did not go well. */
function sayWork(cli: Cli, holdfast: Holdfast): { tell: (event: WorkEvent) => void; told: () => Promise<void> } {
  // One after the other, so that the lines stay in the order of what happened.
  let telling: Promise<void> = Promise.resolve();
  const say = async (event: WorkEvent) => {
    const name = `run ${event.runId}`;
    if (event.kind === "taken") return cli.console.message(`${name} (${oneLine(event.workflow)}) claimed`);
    if (event.status === "completed") return cli.console.message(`${name} completed`);
    const view = await holdfast.runs.get(event.runId);
    const reason = view.error?.message ?? view.reason;
    cli.console.message(`${name} ${event.status}${reason === null ? "" : `: ${oneLine(reason)}`}`);
  };
  return {
    tell: (event) => {
      // Why a run ended is told where it can be read; the run's own record has it in any case.
      telling = telling.then(() => say(event)).catch(() => undefined);
    },
    told: () => telling,
  };
}
