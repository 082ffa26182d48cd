/** Putting the engine together over a store: what `openHoldfast` does once it has opened one. */
import { checkWorkerOptions, parseRunId, refuseUnknownOptions, WORKER_DEFAULTS, WrongUseError } from "@holdfast/core";
import { Hints } from "../base/hints.js";
import { currentHolder, isProvenDead } from "../base/identity.js";
import { systemClock } from "../base/system-clock.js";
import { systemZones } from "../calendar/zone.js";
import { NO_DATASET_FILES } from "../dataset/no-files.js";
import { FileArtifactStore } from "../files/artifact-files.js";
import { UploadStore } from "../files/upload-store.js";
import { checkRecoveryDefaults } from "../manage/recovery-defaults.js";
import { checkRetention } from "../manage/retention.js";
import { currentActor } from "../opened/actor.js";
import { Company } from "../opened/company.js";
import type { Engine } from "../opened/engine.js";
import { checkWorkflow, requireRun, requireWorkflow } from "../opened/engine.js";
import { Executions } from "../opened/executions.js";
import { Staff, warnOfNoWorker } from "../opened/staff.js";
import { makePlan } from "../plan/plan.js";
import { type ExecutorDeps, LIMIT_DEFAULTS } from "../run/deps.js";
import { type Heart, LoopHeart } from "../run/heart/heart.js";
import { ThreadHeart } from "../run/heart/thread-heart.js";
import { LateWrites } from "../run/late-writes.js";
import { StoreWaits } from "../run/store-waits.js";
import { startSupervisor } from "../worker/start-supervisor.js";
import { keepAlive } from "../worker/take.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { makeDatasetCatalog } from "./catalog.js";
import type { CreateOptions } from "./create-options.js";
import type { Holdfast } from "./facade.js";
import { attendInForeground, claimTermsOf, runInForeground, startHere } from "./foreground.js";
import { makeHandle } from "./handle.js";
import { makeLeases } from "./leases.js";
import { makeManagement } from "./management.js";
import {
  ANSWER,
  CREATE,
  checkOptions,
  HOW,
  QUESTIONS,
  RESUME,
  RUN,
  SIGNAL,
  START,
  SUPERVISE,
  WORK,
} from "./option-names.js";
import { answerQuestion, listQuestions, sendSignal } from "./outside.js";
import { makeOwned } from "./owned.js";
import { requeueRun } from "./resume.js";
import { runToEnd } from "./run-to-end.js";
import { makeRuns } from "./runs.js";
import { makeSchedules } from "./schedules.js";
import { createRun, createRunIn, joinedOf } from "./start.js";
import { startWorker } from "./start-worker.js";
import { makeStorageMaintenance } from "./storage.js";

/**
 * Creates a Holdfast over a store that is open already.
 * @throws {WorkerOptionsInvalidError} WORKER_OPTIONS_INVALID — for options under which two workers could trust one run.
 */
export function createHoldfast(options: CreateOptions): Holdfast {
  refuseUnknownOptions("createHoldfast", options, CREATE);
  const { opened, close } = openEngine(options);
  return assemble(opened, options.workflows, { close, abandon: () => abandon(opened) });
}

/** What a Holdfast is made of: a child process works with it and offers nothing. */
export function openEngine(options: CreateOptions): { readonly opened: Engine; readonly close: () => Promise<void> } {
  const { store, dataDir } = options;
  const clock = options.clock ?? systemClock;
  const worker = {
    leaseMs: options.leaseMs ?? WORKER_DEFAULTS.leaseMs,
    heartbeatMs: options.heartbeatMs ?? Math.min(WORKER_DEFAULTS.heartbeatMs, (options.leaseMs ?? Infinity) / 6),
    stopGraceMs: options.stopGraceMs ?? WORKER_DEFAULTS.stopGraceMs,
    maxBlockedMs: options.maxBlockedMs ?? WORKER_DEFAULTS.maxBlockedMs,
  };
  // Not a text: it would become a number by this, and pass.
  if (typeof worker.heartbeatMs === "number") worker.heartbeatMs = Math.floor(worker.heartbeatMs);
  const { pollMs, scanMs } = options;
  checkWorkerOptions({ ...worker, pollMs, scanMs, concurrency: WORKER_DEFAULTS.concurrency });
  const workflows = new Map<string, Workflow>();
  const declaredBy = new Map<string, string>();
  for (const workflow of options.workflows) {
    if (workflows.has(workflow.name)) {
      throw new WrongUseError({ problem: `Two workflows are called ${workflow.name}; give each a name of its own.` });
    }
    workflows.set(workflow.name, workflow);
    for (const { name } of workflow.schedules) {
      const other = declaredBy.get(name);
      if (other !== undefined) {
        throw new WrongUseError({ problem: `Workflows ${other} and ${workflow.name} both declare schedule ${name}.` });
      }
      declaredBy.set(name, workflow.name);
    }
  }
  const recoveryDefaults = checkRecoveryDefaults(options.defaults?.recovery);
  const retention = options.retention === undefined ? null : checkRetention(options.retention);
  const heart: Heart =
    store.beatModule === null
      ? new LoopHeart(store, clock, worker.heartbeatMs)
      : new ThreadHeart(store.beatModule, worker.heartbeatMs, worker.maxBlockedMs, options.diesWith ?? null);
  const holder = options.identity ?? currentHolder(options.holder);
  const isDead = options.isProvenDead ?? isProvenDead;
  const artifacts = options.artifacts ?? new FileArtifactStore(dataDir);
  const waits = new StoreWaits(clock, options.onStoreWait ?? (() => {}));
  // On another clock than the machine's no other process changes a run, and each look costs a turn of that clock.
  const hints = new Hints(
    clock,
    store.processModule === null ? null : store.location,
    clock === systemClock ? undefined : options.pollMs,
    clock === systemClock ? store : {},
  );
  const deps: ExecutorDeps = {
    store,
    waits,
    late: new LateWrites(store, clock, waits),
    artifacts,
    datasetFiles: options.datasetFiles ?? NO_DATASET_FILES,
    clock,
    zones: options.zones ?? systemZones,
    random: options.random ?? Math.random,
    backoffRandom: options.backoffRandom ?? options.random ?? Math.random,
    heart,
    holder,
    isProvenDead: (other) => isDead(other, holder),
    hints,
    limits: { ...LIMIT_DEFAULTS, ...options.limits },
    leaseMs: worker.leaseMs,
    stopGraceMs: worker.stopGraceMs,
    pollMs: options.pollMs ?? WORKER_DEFAULTS.pollMs,
    scanMs: options.scanMs ?? WORKER_DEFAULTS.scanMs,
    reportMs: worker.heartbeatMs,
    workflowNames: new Set(workflows.keys()),
    isWritingStageFiles: options.stageFiles ?? true,
    unwritten: new Set(),
    openLogs: new Set(),
  };
  const opened: Engine = {
    deps,
    dataDir,
    uploads: new UploadStore(dataDir, () => deps.clock.nowMs()),
    workflows,
    executions: new Executions(),
    company: new Company(store),
    underWay: new Set(),
    staff: new Staff(() => hints.wakeAll(), options.onNoWorker ?? warnOfNoWorker),
    declaring: { done: null },
    workerNames: new Set(),
    maxBlockedMs: worker.maxBlockedMs,
    closing: new AbortController(),
    actor: options.actor ?? currentActor("library"),
    retention,
    recoveryDefaults,
  };
  return { opened, close: makeClose(opened) };
}

/** A second would be felt by whoever presses Ctrl-C; a commit takes milliseconds. */
const LAST_LINES_MS = 500;

/**
 * Writes the log lines of stages that wait, and blocks until they are in the store and in the runs' log files: for the exit
 * of the process.
 */
export function writeLogsNow({ unwritten, openLogs, store }: LogParts): void {
  for (const lines of unwritten) lines.flush();
  store.flushNow(LAST_LINES_MS);
  for (const log of openLogs) {
    try {
      log.writeNow(store);
    } catch {
      // A full disk, a store that is closed: the exit goes on, and the store keeps what it has.
    }
  }
}

type LogParts = Pick<ExecutorDeps, "unwritten" | "openLogs" | "store">;

function makeClose(opened: Engine): () => Promise<void> {
  const { deps } = opened;
  let closed: Promise<void> | null = null;
  // Every caller waits for the end: one that went on at once could end the process under the threads.
  return () => {
    closed ??= close();
    return closed;
  };
  async function close(): Promise<void> {
    const alive = keepAlive(deps.clock);
    opened.closing.abort();
    for (const execution of opened.executions) execution.stopping.stop({ why: "shutdown", isAborting: true });
    // Each reports before the store closes, so that no lease is left to be proven dead.
    while (opened.underWay.size > 0) await Promise.allSettled([...opened.underWay]);
    deps.late.end();
    await opened.staff.close();
    await deps.heart.close();
    await deps.store.close();
    deps.hints.close();
    alive.release();
  }
}

/** The two ways in which a Holdfast ends. */
type Ends = Pick<Holdfast, "close" | "abandon">;

/** Whoever acts for somebody else does not own what is open. */
const NO_ENDS: Ends = { close: async () => {}, abandon: async () => {} };

/** The log lines first, while the store can still be read: the run's log file is copied from it. */
function abandon({ deps }: Engine): Promise<void> {
  writeLogsNow(deps);
  return deps.store.close();
}

function assemble(opened: Engine, workflows: readonly Workflow[], ends: Ends): Holdfast {
  const { deps } = opened;
  const methods: Omit<Holdfast, symbol> = {
    workflows,
    dataDir: opened.dataDir,
    store: deps.store,
    storeWait: () => deps.waits.current,
    runs: makeRuns(opened),
    leases: makeLeases(opened),
    schedules: makeSchedules(opened),
    management: makeManagement(opened),
    datasets: makeDatasetCatalog(opened),
    storage: makeStorageMaintenance(opened),
    actor: opened.actor,
    as: (actor) => assemble({ ...opened, actor }, workflows, NO_ENDS),
    async start(workflow, input, options = {}) {
      const { runId, outcome } = await createRun(opened, workflow as Workflow, input, options, null);
      return { ...makeHandle(opened, runId), ...joinedOf(outcome) };
    },
    startIn: (transaction, workflow, input, options = {}) =>
      createRunIn(opened, transaction, workflow as Workflow, input, options),
    async startByName(workflow, input, options = {}) {
      const { runId, outcome } = await createRun(opened, requireWorkflow(opened, workflow), input, options, null);
      return { ...makeHandle(opened, runId), ...joinedOf(outcome) };
    },
    forOwner: (owner) => makeOwned(opened, checked, owner),
    run: (workflow, input, options = {}) => runToEnd(opened, workflow as Workflow, input, options),
    startHere: (workflow, input, options = {}) => startHere(opened, workflow as Workflow, input, options),
    async handle(runId, workflow) {
      const run = await requireRun(opened, parseRunId(runId));
      checkWorkflow(run, workflow);
      return makeHandle(opened, run.id);
    },
    plan: (runId, how = {}) => makePlan(opened, parseRunId(runId), how),
    async resume(runId, how = {}) {
      const resumed = await requeueRun(opened, parseRunId(runId), how, null);
      return makeHandle(opened, resumed.runId);
    },
    async resumeHere(runId, how = {}) {
      const { claim, askedAtMs } = await requeueRun(opened, parseRunId(runId), how, claimTermsOf(opened));
      if (claim !== null) return runInForeground(opened, claim, askedAtMs);
      // The active run of its dedupe key has not ended.
      return attendInForeground(opened, await requireRun(opened, parseRunId(runId)), null);
    },
    sendSignal: (runId, name, payload, options = {}) => sendSignal(opened, parseRunId(runId), name, payload, options),
    answer: (runId, question, value, options = {}) =>
      answerQuestion(opened, parseRunId(runId), question, value, options),
    asks: (query = {}) => listQuestions(opened, query),
    startWorker: (options = {}) => startWorker(opened, options),
    work: async (options = {}) => (await startWorker(opened, options)).done,
    startSupervisor: (options = {}) => startSupervisor(opened, options),
    subscribe: (topics, onChange) =>
      deps.hints.subscribe(
        topics.map((topic) => (topic === "*" ? topic : parseRunId(topic))),
        onChange,
      ),
    writeLogsNow: () => writeLogsNow(deps),
    ...ends,
  };
  const checked = checkOptions("", methods, {
    start: [2, START],
    startHere: [2, START],
    startByName: [2, START],
    startIn: [3, START],
    run: [2, RUN],
    plan: [1, HOW],
    resume: [1, RESUME],
    resumeHere: [1, RESUME],
    sendSignal: [3, SIGNAL],
    answer: [3, ANSWER],
    asks: [0, QUESTIONS],
    work: [0, WORK],
    startWorker: [0, WORK],
    startSupervisor: [0, SUPERVISE],
  });
  return { ...checked, [Symbol.asyncDispose]: ends.close };
}
