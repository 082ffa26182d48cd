/**
 * Public API of Holdfast, name by name. Implementers of stores find their contract in `holdfast/store`; what neither of the
 * two exports is internal and may change in any release. Every export and each of its members has a docstring:
 * `tests/docs/surface.test.ts` fails for one without.
 */

// Writing workflows.

export {
  ERROR_CATEGORIES,
  type ErrorCategory,
  GiveUpError,
  PauseRunError,
  type RecordedError,
  type RecoveryPolicy,
  type RetryKind,
  RetryLaterError,
  type StageDeclaration,
  type Verdict,
} from "@holdfast/core";
export {
  type ArtifactRef,
  type Artifacts,
  type AttemptContext,
  anyRow,
  type Checkpoint,
  type DatasetRef,
  type Datasets,
  defineWorkflow,
  type FetchJsonInit,
  fetchJson,
  Interrupted,
  type ItemContext,
  type ItemFn,
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
  type Workflow,
  type WorkflowDefinition,
} from "@holdfast/engine";

// Opening a Holdfast; starting, resuming and executing runs.

export type { Actor } from "@holdfast/core";
export type {
  Accept,
  ForegroundRun,
  Holdfast,
  IsolateOptions,
  Only,
  OwnedHoldfast,
  OwnedRunHandle,
  OwnedRuns,
  OwnedStartOptions,
  Plan,
  PlanMap,
  ProcessEvent,
  PublicRun,
  ResumeOptions,
  RunEnd,
  RunHandle,
  RunOptions,
  StartOptions,
  StoreWait,
  WorkEvent,
  Worker,
  WorkOptions,
} from "@holdfast/engine";
export { type OpenOptions, openHoldfast } from "./open.js";
export { openProject, type ProjectOptions } from "./project.js";

// Inspecting runs and acting on them.

export {
  type LeaseView,
  type Progress,
  RUN_EVENT_TYPES,
  RUN_STATUSES,
  type RunEvent,
  type RunEventType,
  type RunProgress,
  type RunStatus,
} from "@holdfast/core";
export type { ActOptions, AttemptView, RunListQuery, Runs, RunView, StageView } from "@holdfast/engine";

// Managing many runs.

export type { RetentionPolicy } from "@holdfast/core";
export type {
  CleanupOptions,
  CleanupReport,
  HealthView,
  Leases,
  Management,
  ManagementReport,
  RecoverOptions,
  Statistics,
  SuperviseEvent,
  SuperviseOptions,
  SupervisorHandle,
} from "@holdfast/engine";

// Configuration of a project.

export { defineConfig, type HoldfastConfig, type Settings } from "./config.js";
export type {
  ComparedRun,
  ComparisonReport,
  ComparisonScope,
  Generator,
  GeneratorContext,
  LoadComparison,
  RunComparison,
} from "./extensions.js";
export type { ServerSettings } from "./server-settings.js";
export type { LoadWorkflow, Workflows } from "./workflow-loading.js";

// Errors: identified by `code`; classes of those that callers handle.

export {
  BadInputError,
  DatasetChangedError,
  DriftError,
  ERROR_SPECS,
  type ErrorCode,
  HoldfastError,
  IdempotencyKeyReusedError,
  IllegalMoveError,
  PlanStaleError,
  type Problem,
  type ProblemOptions,
  problemOf,
  ResourceHeldError,
  RunCancelledError,
  RunChangedError,
  RunFailedError,
  RunIdTakenError,
  RunLockedError,
  RunNotFoundError,
  RunPausedError,
  StageFailedError,
  StoreCorruptError,
  StoreFullError,
  StoreReadonlyError,
  StoreUnreachableError,
  type Suggestion,
  UnknownWorkflowError,
  WorkersStoppedError,
  WrongUseError,
} from "@holdfast/core";

// Files and words that stages and generators write.

export { addUsd, plural, type Unpriced, wordCost } from "@holdfast/core";
export { csvLine } from "./files/csv.js";
export { visibleControls } from "./files/visible-controls.js";
export { writeWholeFile, writeWholeText } from "./files/whole-file.js";
