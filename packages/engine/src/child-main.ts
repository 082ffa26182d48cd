/**
 * The program of a child process: a whole worker over the same store, started by `pool.ts`. It claims, beats and records
 * under a holder of its own; what it hears and tells is in `protocol.ts`.
 *
 * Signals: a terminal sends Ctrl-C to every process in it, and only the parent answers. SIGTERM drains, whoever sent it.
 * A child whose parent died ends at once, as if it had been killed with it: nothing is left behind, and its runs are
 * recovered by the next worker.
 */
import { type DatasetFiles, HoldfastError, provideSharedLimits, type Store } from "@holdfast/core";
import { Hints } from "./base/hints.js";
import { systemClock } from "./base/system-clock.js";
import { openEngine, writeLogsNow } from "./client/create-holdfast.js";
import type { ArtifactStore } from "./files/artifact-store.js";
import type { StoreWait } from "./run/store-waits.js";
import { catchStrayErrors } from "./run/stray.js";
import { ChildLimits } from "./worker/processes/child-limits.js";
import { type Begin, type FromChild, readToChild, sendTrouble } from "./worker/processes/protocol.js";
import { work } from "./worker/work.js";
import type { Workflow } from "./workflow/define-workflow.js";

/** The parent looks every second. */
const ALIVE_MS = 500;

const draining = new AbortController();
const retiring = new AbortController();
let terms: { readonly places: number; readonly aloneAfter: 1 | 2 } = { places: 1, aloneAfter: 2 };
const shared = new ChildLimits((message) => void tell(message));
provideSharedLimits(shared);
let hear: ((message: { kind: "hints"; runIds: readonly string[] } | { kind: "abort" }) => void) | null = null;
/** Of the drain that the parent asked for. */
let graceMs: number | null = null;
/** More places may have been given: the worker claims at once. */
let onTerms: (() => void) | null = null;

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => draining.abort());
// Whoever read the output is gone: what user code prints is lost, and no run with it.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
process.on("message", (sent) => {
  const message = readToChild(sent);
  switch (message?.kind) {
    case "begin":
      terms = message;
      return void live(message);
    case "terms":
      terms = message;
      return onTerms?.();
    case "granted":
      return shared.hear(message);
    case "retire":
      return retiring.abort();
    case "drain":
      graceMs = message.withinMs;
      return draining.abort();
    case "hints":
    case "abort":
      return hear?.(message);
  }
});

/** Sent for certain when the promise resolves. */
function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve();
    process.send?.(message, () => resolve());
  });
}

async function live(begin: Begin): Promise<void> {
  const engine = await open(begin);
  if (engine === null) return process.exit(1);
  const { opened, close } = engine;
  const { hints, store } = opened.deps;
  // What user code lets go of fails the attempt that it came from; where it ends the process, its last lines tell why.
  catchStrayErrors();
  process.once("exit", () => writeLogsNow(opened.deps));
  const untell = forwardHints(hints);
  onTerms = () => hints.notify(Hints.ANY, "parent");
  hear = (message) => {
    if (message.kind === "abort") {
      retiring.abort();
      void close();
      return;
    }
    for (const runId of message.runIds) {
      hints.notify(runId, "parent");
      const execution = opened.executions.get(runId);
      if (execution === null) continue;
      // Somebody may have asked it to pause or to end: obeyed now, not at the next heartbeat.
      void store.getRun(runId).then(
        (run) => run?.wish && execution.stopping.obey(run.wish.kind),
        () => undefined, // a busy store: the heartbeat carries the wish
      );
    }
  };
  const aliveness = new AbortController();
  void sayAlive(aliveness.signal);
  await tell({ kind: "ready" });
  const worked = work(
    opened,
    {
      concurrency: begin.places,
      workflows: begin.names ?? undefined,
      supervise: false,
      signal: draining.signal,
      onRun: (event) => {
        const { runId, workflow } = event;
        void tell(
          event.kind === "taken"
            ? { kind: "taken", runId, workflow }
            : { kind: "ended", runId, workflow, status: event.status },
        );
      },
    },
    {
      retire: retiring.signal,
      graceMs: () => graceMs,
      isReporting: false,
      terms: () => terms,
      isForSuspects: begin.isForSuspects,
    },
  );
  try {
    await worked;
  } catch (error) {
    // A store that failed for good fails the parent, in whose name this works. Anything else is a defect, and shows as one.
    if (sendTrouble(error) === null) throw error;
    await tellFailure(error);
    await close().catch(() => undefined);
    return process.exit(1);
  }
  await close();
  untell();
  aliveness.abort();
  // After everything that was told before it.
  await tell({ kind: "alive" });
  // User code may leave timers and sockets behind; they must not keep the process.
  process.exit(0);
}

async function open(begin: Begin): Promise<ReturnType<typeof openEngine> | null> {
  try {
    const workflows = await loadWorkflows(begin.workflows.url, begin.workflows.options);
    shared.endLoading();
    const { openStore } = (await import(begin.store.url)) as { openStore(options: unknown): Promise<Store> };
    const { dataDir, holder, leaseMs, heartbeatMs, stopGraceMs, maxBlockedMs, pollMs, limits, stageFiles } = begin;
    const terms = { dataDir, holder, leaseMs, heartbeatMs, stopGraceMs, maxBlockedMs, pollMs, limits, stageFiles };
    const datasetFiles = await loadDatasetFiles(begin.datasetFiles);
    const artifacts = await loadArtifacts(begin.artifacts);
    const store = await openStore(begin.store.options);
    const onStoreWait = (wait: StoreWait | null) => void tell({ kind: "storeWait", wait });
    return openEngine({ ...terms, workflows, store, artifacts, datasetFiles, diesWith: process.ppid, onStoreWait });
  } catch (error) {
    await tellFailure(error);
    return null;
  }
}

function tellFailure(error: unknown): Promise<void> {
  const isRetryable = error instanceof HoldfastError && error.spec.isRetryable;
  const message = error instanceof Error ? error.message : String(error);
  return tell({ kind: "failed", message, isRetryable, store: sendTrouble(error) });
}

async function loadDatasetFiles(url: string | null): Promise<DatasetFiles | undefined> {
  if (url === null) return undefined;
  const module = (await import(url)) as { readonly datasetFiles: DatasetFiles };
  return module.datasetFiles;
}

async function loadArtifacts(given: Begin["artifacts"]): Promise<ArtifactStore | undefined> {
  if (given === null) return undefined;
  const module = (await import(given.url)) as { openArtifacts(options: unknown): Promise<ArtifactStore> };
  return module.openArtifacts(given.options);
}

async function loadWorkflows(url: string, options: unknown): Promise<readonly Workflow[]> {
  const module = (await import(url)) as { default?: unknown };
  const given = typeof module.default === "function" ? await module.default(options) : module.default;
  if (Array.isArray(given)) return given as readonly Workflow[];
  throw new Error(`its default export must be a list of workflows, or a function that returns one (${url})`);
}

/** What changes here is told to the parent, where a request or a stream may wait for it: once for each turn of the loop. */
function forwardHints(hints: ReturnType<typeof openEngine>["opened"]["deps"]["hints"]): () => void {
  const waiting = new Set<string>();
  return hints.onNotify((runId, from) => {
    if (from === "parent") return;
    if (waiting.size === 0) {
      setImmediate(() => {
        const runIds = [...waiting];
        waiting.clear();
        void tell({ kind: "hints", runIds });
      });
    }
    waiting.add(runId);
  });
}

async function sayAlive(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tell({ kind: "alive" });
    await systemClock.sleep(ALIVE_MS, signal);
  }
}
