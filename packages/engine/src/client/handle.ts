/** A run as its starter holds it: look, wait, follow, steer. Everything is read from the store. */
import {
  hasReachedThrough,
  isFinished,
  RunCancelledError,
  type RunEvent,
  RunFailedError,
  type RunId,
  RunPausedError,
  type RunRecord,
  refuseUnknownOptions,
} from "@holdfast/core";
import { readResults } from "../map/results.js";
import { type Engine, requireRun } from "../opened/engine.js";
import { actOptions } from "./act.js";
import { followProgress } from "./follow-progress.js";
import type { RunHandle } from "./handle-facade.js";
import { ACT, checkOptions, EVENTS, RESULT, SIGNAL } from "./option-names.js";
import { sendSignal } from "./outside.js";
import { steer } from "./steer.js";
import { loadRunOutput, viewRun } from "./view.js";

const EVENT_PAGE_COUNT = 500;
/** How often a paused run is looked at for another process's resume: many may be followed, and few go on. */
const RESTING_LOOK_MS = 1_000;

export function makeHandle<O, S = unknown>(opened: Engine, runId: RunId): RunHandle<O, S> {
  const handle: RunHandle<O, S> = {
    id: runId,
    status: () => viewRun(opened, runId),
    result: (options) => opened.staff.answer(waitForEnd(opened, runId, options?.signal)) as Promise<O>,
    events: (options) => followEvents(opened, runId, options ?? {}),
    progress: (options) => followProgress(opened, runId, options ?? {}),
    items: (stage) => readResults(opened.deps.store, runId, typeof stage === "string" ? stage : stage.stage),
    pause: (how) => steer(opened, runId, "pause", actOptions(how)),
    signalRun: (name, payload, options = {}) => sendSignal(opened, runId, name, payload, options),
    cancel: (how) => steer(opened, runId, "cancel", actOptions(how)),
  };
  return checkOptions("handle.", handle, {
    result: [0, RESULT],
    pause: [0, ACT],
    cancel: [0, ACT],
    signalRun: [2, SIGNAL],
  });
}

/**
 * @throws {RunFailedError} {RunCancelledError} {RunPausedError} when it ended otherwise than completed.
 * @throws {WorkersStoppedError} WORKERS_STOPPED — it is unfinished and nobody here goes on with it.
 */
async function waitForEnd(opened: Engine, runId: RunId, signal: AbortSignal | undefined): Promise<unknown> {
  const watch = opened.deps.hints.follow(runId);
  const look = opened.staff.watch(opened);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const run = await requireRun(opened, runId);
      watch.seenHead = run.head;
      if (isFinished(run.status) || isResting(run)) return resultOf(opened, run);
      await look(run);
      await watch.wait(signal);
    }
  } finally {
    watch.end();
  }
}

/** Paused until a person acts: one with a time to wake goes on by itself. */
const isResting = (run: RunRecord) => run.status === "paused" && run.wakeAt === null;

function resultOf(opened: Engine, run: RunRecord): unknown {
  const { id: runId, reason, error } = run;
  switch (run.status) {
    case "completed":
      return loadRunOutput(run, opened.deps.artifacts);
    case "failed":
      throw new RunFailedError({ runId, reason, error });
    case "cancelled":
      throw new RunCancelledError({ runId, reason });
    default:
      throw new RunPausedError({ runId, reason, hasReachedThrough: hasReachedThrough(run) });
  }
}

async function* followEvents(
  opened: Engine,
  runId: RunId,
  options: NonNullable<Parameters<RunHandle["events"]>[0]>,
): AsyncIterable<RunEvent> {
  refuseUnknownOptions("handle.events", options, EVENTS);
  const { store, hints } = opened.deps;
  const { follow = false, throughPauses = false, signal, type, stage } = options;
  let after = options.after ?? 0;
  const watch = hints.follow(runId);
  const look = opened.staff.watch(opened);
  try {
    for (;;) {
      // The state first: events written after it are read by the next round, so an end is never missed.
      const run = await requireRun(opened, runId);
      watch.seenHead = run.head;
      for (;;) {
        const page = await store.listEvents(runId, { after, limit: EVENT_PAGE_COUNT, type, stage });
        for (const event of page) yield event;
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.seq;
      }
      const isOver = isFinished(run.status) || (isResting(run) && !throughPauses);
      if (!follow || signal?.aborted || isOver) return;
      await look(run);
      await watch.wait(signal, isResting(run) ? Math.max(RESTING_LOOK_MS, watch.lookMs) : undefined);
      if (signal?.aborted) return;
    }
  } finally {
    watch.end();
  }
}
