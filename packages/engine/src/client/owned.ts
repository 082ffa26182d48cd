/**
 * `holdfast.forOwner`: the same operations on the runs of one owner. Every run is looked up and compared before anything is
 * done with it, so that another owner's run and one that does not exist cannot be told apart. What is answered names no
 * worker, host or process, and no stack.
 */
import {
  AmbiguousRunIdError,
  parseRunId,
  type RecordedError,
  type RunEvent,
  type RunId,
  RunLockedError,
  RunNotFoundError,
  refuseUnknownOptions,
  WrongUseError,
} from "@holdfast/core";
import { type Engine, requireRun } from "../opened/engine.js";
import type { Holdfast } from "./facade.js";
import type { RunHandle } from "./handle-facade.js";
import { checkOptions, LIST, QUESTIONS, START } from "./option-names.js";
import type { OwnedHoldfast, OwnedRunHandle, PublicRun } from "./owned-facade.js";
import type { RunView } from "./view-facade.js";

const { owner: _start, ...OWNED_START } = START;
const { owner: _list, ...OWNED_LIST } = LIST;
const { owner: _asks, ...OWNED_QUESTIONS } = QUESTIONS;

type Whole = Pick<Holdfast, "runs" | "start" | "startByName" | "handle" | "resume" | "sendSignal" | "answer" | "asks">;

/** @throws {WrongUseError} WRONG_USE — for an owner that is no name: it would see the runs of nobody, or of all. */
export function makeOwned(engine: Engine, whole: Whole, owner: string): OwnedHoldfast {
  if (typeof owner !== "string" || owner === "") {
    throw new WrongUseError({ problem: "forOwner: the name of an owner is expected." });
  }
  /** Whole and well-formed ids alone: a prefix could tell that there is such a run. */
  const own = async (runId: string): Promise<RunId> => {
    const run = await requireRun(engine, parseRunId(runId));
    if (run.owner !== owner) throw new RunNotFoundError({ runId });
    return run.id;
  };
  const list: OwnedHoldfast["runs"]["list"] = async (query = {}) => {
    refuseUnknownOptions("runs.list", query, OWNED_LIST);
    const page = await whole.runs.list({ ...query, owner });
    return { ...page, rows: page.rows.map(toPublicRun) };
  };
  const methods: OwnedHoldfast = {
    owner,
    runs: {
      list,
      get: async (runId) => toPublicRun(await whole.runs.get(await own(runId))),
      find: async (idOrPrefix) => {
        const { rows } = await list(idOrPrefix === "@last" ? { limit: 1 } : { idPrefix: idOrPrefix, limit: 6 });
        const exact = rows.find(({ id }) => id === idOrPrefix);
        const [only, ...others] = exact === undefined ? rows : [exact];
        if (only === undefined || idOrPrefix === "") throw new RunNotFoundError({ runId: idOrPrefix });
        if (others.length > 0) throw new AmbiguousRunIdError({ prefix: idOrPrefix, matches: rows.map(({ id }) => id) });
        return only.id;
      },
      pause: async (runId, how) => whole.runs.pause(await own(runId), how),
      cancel: async (runId, how) => whole.runs.cancel(await own(runId), how),
      delete: async (runId, how) => whole.runs.delete(await own(runId), how),
      restart: async (runId, options) => toOwned(await whole.runs.restart(await own(runId), options)),
      fork: async (runId, options) => toOwned(await whole.runs.fork(await own(runId), options)),
      artifacts: async (runId, stage) =>
        (await whole.runs.artifacts(await own(runId), stage)).map(({ path: _, ...artifact }) => artifact),
      output: async (runId, stage) => whole.runs.output(await own(runId), stage),
    },
    start: async (workflow, input, options) => toOwned(await whole.start(workflow, input, { ...options, owner })),
    startByName: async (workflow, input, options) =>
      toOwned(await whole.startByName(workflow, input, { ...options, owner })),
    handle: async (runId, workflow) => toOwned(await whole.handle(await own(runId), workflow)),
    resume: async (runId, how) => toOwned(await whole.resume(await own(runId), how)),
    sendSignal: async (runId, name, payload, options) => whole.sendSignal(await own(runId), name, payload, options),
    answer: async (runId, question, value, options) => whole.answer(await own(runId), question, value, options),
    asks: async (query = {}) => {
      refuseUnknownOptions("asks", query, OWNED_QUESTIONS);
      return whole.asks({ ...query, owner });
    },
  };
  const { pause, cancel, delete: remove, restart, fork } = methods.runs;
  const acts = withoutHolder({ pause, cancel, delete: remove, restart, fork });
  const quiet: OwnedHoldfast = {
    ...methods,
    runs: { ...methods.runs, ...acts },
    ...withoutHolder({ handle: methods.handle, resume: methods.resume }),
  };
  return checkOptions("", quiet, { start: [2, OWNED_START], startByName: [2, OWNED_START] });
}

/** The same methods; who holds a run is not for its owner, whose machines those are not. */
function withoutHolder<T extends object>(methods: T): T {
  const quiet = Object.entries(methods as Record<string, (...args: unknown[]) => Promise<unknown>>).map(
    ([name, method]) => [
      name,
      async (...args: unknown[]) => {
        try {
          return await method(...args);
        } catch (error) {
          if (!(error instanceof RunLockedError)) throw error;
          throw new RunLockedError({ ...error.details, holder: null, host: null, pid: null });
        }
      },
    ],
  );
  return Object.fromEntries(quiet) as T;
}

function toOwned<O, S>(handle: RunHandle<O, S>): OwnedRunHandle<O, S> {
  return {
    ...handle,
    status: async () => toPublicRun(await handle.status()),
    events: (options) => publicEvents(handle.events(options)),
  };
}

async function* publicEvents(events: AsyncIterable<RunEvent>): AsyncIterable<RunEvent> {
  for await (const event of events) yield { ...event, data: withoutMachine(event.data) } as RunEvent;
}

function withoutMachine(data: RunEvent["data"]): object {
  const { holder: _, host: __, pid: ___, ...rest } = data as Record<string, unknown>;
  return "error" in rest ? { ...rest, error: withoutStack(rest.error as RecordedError | null) } : rest;
}

/** A run without what only operators need. */
export function toPublicRun({ lease: _, wish: __, owner: ___, ...run }: RunView): PublicRun {
  return {
    ...run,
    error: withoutStack(run.error),
    lastError: withoutStack(run.lastError),
    stages: run.stages.map((stage) => ({
      ...stage,
      attempts: stage.attempts.map((attempt) => ({ ...attempt, error: withoutStack(attempt.error) })),
    })),
  };
}

function withoutStack(error: RecordedError | null): RecordedError | null {
  if (error === null) return null;
  const { stack: _, cause, details, ...rest } = error;
  // A failed run's error carries that of its stage in its details.
  const inner = (details as { readonly error?: RecordedError } | undefined)?.error;
  return {
    ...rest,
    ...(details === undefined
      ? {}
      : { details: inner ? { ...(details as object), error: withoutStack(inner) } : details }),
    ...(cause === undefined ? {} : { cause: withoutStack(cause) ?? undefined }),
  };
}
