/**
 * Public API of Holdfast. The contract for stores is in `holdfast/store`, and extensions of the command are in
 * `holdfast/extend`. Names that none of the three exports are internal and may change in any release. Every export, and every
 * member of a type that can be reached from one, has a docstring: `tests/docs/surface.test.ts` checks this.
 */

// Writing workflows.

export {
  ERROR_CATEGORIES,
  GiveUpError,
  PauseRunError,
  type RecordedError,
  type ResultPart,
  RetryLaterError,
  type StageDeclaration,
  type Verdict,
} from "@holdfast/core";
export {
  type ArtifactRef,
  type Artifacts,
  anyRow,
  type Checkpoint,
  type DatasetRef,
  type Datasets,
  defineWorkflow,
  type FetchJsonInit,
  fetchJson,
  Interrupted,
  type ItemContext,
  type ItemLabel,
  type ItemResult,
  type Json,
  type MapOptions,
  type MapRef,
  type RecoveryOptions,
  type RunContext,
  type StageContext,
  type StageOptions,
  type StageSignal,
  type Stages,
  secret,
  type Typed,
  type Workflow,
} from "@holdfast/engine";

// Opening a Holdfast; starting, resuming and executing runs.

export type { Actor, SqlTransaction } from "@holdfast/core";
export type {
  Accept,
  ForegroundRun,
  Holdfast,
  Only,
  OwnedHoldfast,
  Plan,
  PublicRun,
  QuestionView,
  ResumeOptions,
  RunEnd,
  RunHandle,
  RunOptions,
  StartOptions,
  Worker,
  WorkOptions,
} from "@holdfast/engine";
export { type OpenOptions, openHoldfast } from "./open.js";
export { openProject } from "./project.js";

// Inspecting runs and acting on them.

export {
  RUN_EVENT_TYPES,
  RUN_STATUSES,
  type RunEvent,
  type RunProgress,
  type RunStatus,
} from "@holdfast/core";
export type { ActOptions, MapView, RunListQuery, RunSummary, Runs, RunView } from "@holdfast/engine";

// Managing many runs, datasets and the store.

export type { RetentionPolicy } from "@holdfast/core";
export type {
  DatasetCatalog,
  HealthView,
  Management,
  ScheduleView,
  Statistics,
  StorageMaintenance,
  SuperviseEvent,
  SuperviseOptions,
  SupervisorHandle,
} from "@holdfast/engine";

// Configuration of a project.

export { defineConfig, type HoldfastConfig } from "./config.js";
export type { ServerSettings } from "./server-settings.js";

// Errors: identified by `code`; classes of those that callers handle.

export {
  BadInputError,
  ChildFailedError,
  DatasetChangedError,
  DriftError,
  DuplicateRunError,
  ERROR_SPECS,
  type ErrorCode,
  HoldfastError,
  IdempotencyKeyReusedError,
  IllegalMoveError,
  PayloadTooLargeError,
  PlanStaleError,
  type Problem,
  problemOf,
  QuestionClosedError,
  QuestionNotFoundError,
  ResourceHeldError,
  RunCancelledError,
  RunChangedError,
  RunEndedError,
  RunFailedError,
  RunIdTakenError,
  RunLockedError,
  RunNotFoundError,
  RunPausedError,
  SignalsFullError,
  StageFailedError,
  StoreFullError,
  StoreUnreachableError,
  UnknownSignalError,
  UnknownWorkflowError,
  WorkersStoppedError,
  WrongUseError,
} from "@holdfast/core";
