/**
 * Names of all options that the library takes, by the call that takes them. Typed against the options themselves, so that an
 * option without a name here does not compile; checked by `refuseUnknownOptions` where the call enters, before anything is
 * done.
 */
import { type FailureQuery, type OptionNames, refuseUnknownOptions, START_WHEN_NAMES } from "@holdfast/core";
import type {
  DatasetCatalog,
  DeleteDatasetOptions,
  EraseOptions,
  IngestFileOptions,
  StorageMaintenance,
} from "../dataset/storage-facade.js";
import type { ActOptions, CleanupOptions, Management, RecoverOptions, StatisticsQuery } from "../manage/facade.js";
import type { BackfillOptions, ScheduleActOptions, ScheduleListQuery } from "../manage/schedule-facade.js";
import type { SuperviseOptions } from "../manage/supervise-facade.js";
import type { How } from "../plan/plan-facade.js";
import type { IsolateOptions, Worker, WorkOptions } from "../worker/facade.js";
import type { CreateOptions } from "./create-options.js";
import type { RunHandle, RunOptions, StartOptions } from "./handle-facade.js";
import type { AnswerOptions, QuestionListQuery, SignalOptions } from "./outside-facade.js";
import type { EventListQuery, FacetListQuery, ItemListQuery } from "./record-facade.js";
import type { ResumeOptions } from "./resume-facade.js";
import type { Leases, Runs } from "./run-facade.js";
import type { RunListQuery } from "./view-facade.js";

/** Options of a method: its last parameter, where that is an object. */
type OptionsOf<F extends (...args: never[]) => unknown, At extends number> = Exclude<
  NonNullable<Parameters<F>[At]>,
  string
>;

export const START: OptionNames<StartOptions> = {
  runId: true,
  through: true,
  owner: true,
  idempotencyKey: true,
  idempotencyUse: true,
  ...START_WHEN_NAMES,
};

export const RUN: OptionNames<RunOptions> = { ...START, onPaused: true, onFailed: true, accept: true, signal: true };

export const HOW: OptionNames<How> = { only: true, through: true, accept: true, budget: true, input: true };

export const ACT: OptionNames<ActOptions> = { reason: true, expect: true };

export const RESUME: OptionNames<ResumeOptions> = { ...HOW, ...ACT, plan: true, workflow: true };

export const DELETE: OptionNames<OptionsOf<Runs["delete"], 1>> = { ...ACT, evenIfForked: true };

export const RESTART: OptionNames<OptionsOf<Runs["restart"], 1>> = { ...ACT, set: true };

export const FORK: OptionNames<OptionsOf<Runs["fork"], 1>> = { ...RESTART, from: true, runId: true };

export const SIGNAL: OptionNames<SignalOptions> = { idempotencyKey: true };

export const ANSWER: OptionNames<AnswerOptions> = { note: true, attempt: true };

export const QUESTIONS: OptionNames<QuestionListQuery> = { owner: true, runId: true, name: true, limit: true };

export const RESULT: OptionNames<OptionsOf<RunHandle["result"], 0>> = { signal: true };

export const PROGRESS: OptionNames<OptionsOf<RunHandle["progress"], 0>> = { signal: true };

export const EVENTS: OptionNames<OptionsOf<RunHandle["events"], 0>> = {
  after: true,
  follow: true,
  type: true,
  stage: true,
  throughPauses: true,
  signal: true,
};

export const LIST: OptionNames<RunListQuery> = {
  owner: true,
  status: true,
  statuses: true,
  workflow: true,
  resumable: true,
  idPrefix: true,
  fields: true,
  tags: true,
  not: true,
  parent: true,
  createdSince: true,
  createdBefore: true,
  costAboveUsd: true,
  costBelowUsd: true,
  cause: true,
  updatedSince: true,
  limit: true,
  cursor: true,
};

const { status: _status, updatedSince: _since, limit: _limit, cursor: _cursor, ...WHICH_RUNS } = LIST;
export const FACETS: OptionNames<FacetListQuery> = WHICH_RUNS;

export const ITEM_LIST: OptionNames<ItemListQuery> = {
  outcome: true,
  category: true,
  cause: true,
  limit: true,
  cursor: true,
};

export const ITEM_STATES: OptionNames<{ readonly cursor?: string | undefined }> = { cursor: true };

export const FAILURES: OptionNames<FailureQuery> = { owner: true, workflow: true, since: true, dayOffsetMs: true };

export const EVENT_LIST: OptionNames<EventListQuery> = { after: true, type: true, stage: true, limit: true };
export const EVENT_TEXT: OptionNames<Pick<EventListQuery, "after" | "limit">> = { after: true, limit: true };

export const INGEST_FILE: OptionNames<IngestFileOptions> = {
  key: true,
  schema: true,
  onBadRow: true,
  sheet: true,
  encoding: true,
  onChange: true,
  reason: true,
  isNameOfFile: true,
  signal: true,
  onProgress: true,
};

export const VERIFY: OptionNames<OptionsOf<DatasetCatalog["verify"], 1>> = {
  sheet: true,
  encoding: true,
  signal: true,
};

export const DELETE_DATASET: OptionNames<DeleteDatasetOptions> = { version: true, checkOnly: true, reason: true };

export const ERASE: OptionNames<EraseOptions> = { checkOnly: true, reason: true };

export const FACTS: OptionNames<OptionsOf<StorageMaintenance["facts"], 0>> = { check: true };

export const WORK: OptionNames<WorkOptions> = {
  concurrency: true,
  signal: true,
  untilIdle: true,
  workflows: true,
  aloneAfter: true,
  onRun: true,
  supervise: true,
  isolate: true,
  onProcess: true,
  onSupervise: true,
};

export const REASON: OptionNames<ScheduleActOptions> = { reason: true };

export const BACKFILL: OptionNames<BackfillOptions> = { from: true, to: true, checkOnly: true, reason: true };

export const SCHEDULE_LIST: OptionNames<ScheduleListQuery> = {
  workflow: true,
  owner: true,
  states: true,
  after: true,
  limit: true,
};

export const TICKS: OptionNames<{ readonly limit?: number | undefined }> = { limit: true };

export const LEASES: OptionNames<OptionsOf<Leases["list"], 0>> = { silentForMs: true };

export const SUPERVISE: OptionNames<SuperviseOptions> = { signal: true, onSupervise: true };

export const DRAIN: OptionNames<OptionsOf<Worker["drain"], 0>> = { withinMs: true };

export const ISOLATE: OptionNames<IsolateOptions> = { module: true, options: true, processes: true };

export const STATS: OptionNames<StatisticsQuery> = {
  owner: true,
  workflow: true,
  tag: true,
  windowMs: true,
  groupBy: true,
};

export const HEALTH: OptionNames<OptionsOf<Management["health"], 0>> = { owner: true, workflow: true, limit: true };

export const AUDIT: OptionNames<OptionsOf<Management["audit"], 0>> = {
  runId: true,
  actor: true,
  action: true,
  limit: true,
  cursor: true,
};

export const DENIED: OptionNames<OptionsOf<Management["recordDenied"], 0>> = { runId: true, reason: true };

export const TIMEOUTS: OptionNames<OptionsOf<Management["checkTimeouts"], 0>> = {
  reason: true,
  checkOnly: true,
  afresh: true,
  explain: true,
  idleTimeoutMs: true,
  maxRetries: true,
  maxRecoveries: true,
  planId: true,
};

export const RECOVER: OptionNames<RecoverOptions> = { ...TIMEOUTS, runId: true };

export const CLEANUP: OptionNames<CleanupOptions> = {
  olderThanDays: true,
  statuses: true,
  workflow: true,
  owner: true,
  keepLast: true,
  reason: true,
  checkOnly: true,
  onRun: true,
  planId: true,
};

export const CREATE: OptionNames<CreateOptions> = {
  store: true,
  workflows: true,
  dataDir: true,
  holder: true,
  leaseMs: true,
  heartbeatMs: true,
  stopGraceMs: true,
  pollMs: true,
  scanMs: true,
  maxBlockedMs: true,
  stageFiles: true,
  limits: true,
  actor: true,
  defaults: true,
  retention: true,
  onStoreWait: true,
  onNoWorker: true,
  diesWith: true,
  datasetFiles: true,
  clock: true,
  zones: true,
  random: true,
  backoffRandom: true,
  artifacts: true,
  identity: true,
  isProvenDead: true,
};

/** Which parameter of a method has its options, and their names. A text in the options' place is a reason. */
type Checks<T> = { readonly [K in keyof T]?: readonly [at: number, names: Readonly<Record<string, true>>] };

/** The same methods, each refusing unknown options before it is called. `noun` words them: "runs.pause". */
export function checkOptions<T extends object>(noun: string, methods: T, checks: Checks<T>): T {
  const checked = { ...methods } as Record<string, unknown>;
  for (const [name, [at, names]] of Object.entries(checks) as [string, readonly [number, Record<string, true>]][]) {
    const method = checked[name] as (...given: unknown[]) => Promise<unknown>;
    checked[name] = async (...given: unknown[]) => {
      if (typeof given[at] !== "string") refuseUnknownOptions(`${noun}${name}`, given[at], names);
      return method(...given);
    };
  }
  return checked as T;
}
