/** What an execution needs from outside: all of it ports, so that the simulation runs the same code. */
import type { Clock, DatasetFiles, Holder, Store } from "@holdfast/core";
import type { Hints } from "../base/hints.js";
import type { ZoneData } from "../calendar/zone.js";
import type { ArtifactStore } from "../files/artifact-store.js";
import type { Heart } from "./heart/heart.js";
import type { LateWrites } from "./late-writes.js";
import type { StoreWaits } from "./store-waits.js";

export interface EngineLimits {
  /** Outputs over this many bytes of JSON are kept as files by content hash. */
  readonly inlineOutputBytesMax: number;
  /** Outputs and checkpoints over this many bytes are refused at the stage that made them. */
  readonly outputBytesMax: number;
}

export const LIMIT_DEFAULTS: EngineLimits = {
  inlineOutputBytesMax: 64 * 1024, // a row that fits a few pages; larger ones would crowd out the index
  outputBytesMax: 16 * 1024 * 1024, // beyond this it is a file, and should be an artifact
};

export interface ExecutorDeps {
  /** An execution has its own, which waits for a busy or full store while its lease is trusted. */
  readonly store: Store;
  /** Who waits for the store now. */
  readonly waits: StoreWaits;
  /** For what is written after an execution is over. */
  readonly late: LateWrites;
  readonly artifacts: ArtifactStore;
  /** Reads the files of datasets. */
  readonly datasetFiles: DatasetFiles;
  readonly clock: Clock;
  /** Rules of time zones, for schedules. */
  readonly zones: ZoneData;
  readonly random: () => number;
  /** For the random half of waits between attempts. */
  readonly backoffRandom: () => number;
  readonly heart: Heart;
  readonly holder: Holder;
  /** Whether another holder is proven dead: the kernel's word, or the simulation's. */
  readonly isProvenDead: (holder: Holder) => boolean;
  readonly hints: Hints;
  readonly limits: EngineLimits;
  readonly leaseMs: number;
  readonly stopGraceMs: number;
  /** How often an idle worker looks for queued runs, and a supervisor for dead holders. */
  readonly pollMs: number;
  readonly scanMs: number;
  /** How often a worker reports that it lives. */
  readonly reportMs: number;
  /** Log lines of stages that wait to be written together: for the exit of the process. */
  readonly unwritten: Set<{ flush(): unknown }>;
  /** Log files of runs that are executed here: for the exit of the process. */
  readonly openLogs: Set<{ writeNow(store: Pick<Store, "listEventsNow">): void }>;
  /** Names of the workflows that this process knows. */
  readonly workflowNames: ReadonlySet<string>;
  /** Write output.json, meta.json and error.json of every attempt, and the run's logs. */
  readonly isWritingStageFiles: boolean;
}

/**
 * The same over another store. Every execution has its own, so each field is named: on Node 20, V8 puts an object that begins with a
 * spread where only a full collection frees it, and all that hangs on it.
 */
export const withStore = (deps: ExecutorDeps, store: Store): ExecutorDeps => ({
  store,
  waits: deps.waits,
  late: deps.late,
  artifacts: deps.artifacts,
  datasetFiles: deps.datasetFiles,
  clock: deps.clock,
  zones: deps.zones,
  random: deps.random,
  backoffRandom: deps.backoffRandom,
  heart: deps.heart,
  holder: deps.holder,
  isProvenDead: deps.isProvenDead,
  hints: deps.hints,
  limits: deps.limits,
  leaseMs: deps.leaseMs,
  stopGraceMs: deps.stopGraceMs,
  pollMs: deps.pollMs,
  scanMs: deps.scanMs,
  reportMs: deps.reportMs,
  unwritten: deps.unwritten,
  openLogs: deps.openLogs,
  workflowNames: deps.workflowNames,
  isWritingStageFiles: deps.isWritingStageFiles,
});
