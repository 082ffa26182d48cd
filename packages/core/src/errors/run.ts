/** Errors about runs and their workflows: finding and moving a run, its end, and differences from its records. */
import type { RunAct } from "../act.js";
import { type ErrorSpec, EXIT } from "../error-specs/row.js";
import type { RunStatus } from "../run-status.js";
import { define, list, wordIssues } from "./define.js";
import type { InputIssue } from "./input.js";
import type { RecordedError } from "./recorded.js";

/** AMBIGUOUS_RUN_ID: the beginning of an ID matches more than one run. */
export class AmbiguousRunIdError extends define(
  "AMBIGUOUS_RUN_ID",
  (d: { prefix: string; matches: readonly string[] }) =>
    `"${d.prefix}" matches several runs: ${d.matches.slice(0, 5).join(", ")}${d.matches.length > 5 ? ", …" : ""}.`,
) {}

/** BAD_RUN_ID: the run ID is malformed. Refused before it becomes part of a path. */
export class BadRunIdError extends define(
  "BAD_RUN_ID",
  (d: { runId: string }) =>
    `"${d.runId.slice(0, 160)}" is not a valid run ID: 1 to 128 letters, digits, ".", "_" or "-" are expected, ` +
    `starting with a letter or digit, without ".."; for a new run also no "." at the end, no "~", and no name that Windows keeps for ` +
    "a device (con, nul, com1).",
) {}

/**
 * CHILD_FAILED: a child run did not complete, thrown by `child()` both live and on replay. `details.error` is the error that
 * ended the child; null if it was cancelled.
 */
export class ChildFailedError extends define(
  "CHILD_FAILED",
  (d: {
    stage: string;
    childId: string;
    status: "failed" | "cancelled";
    reason: string | null;
    error: RecordedError | null;
  }) =>
    `Child run ${d.childId} of stage ${d.stage} ${d.status === "failed" ? "failed" : `was ${d.status}`}` +
    `${d.error ? `: ${d.error.message}` : d.reason ? `: ${d.reason}` : ""}`,
) {}

/** CHILD_OF_ITSELF: a run would start itself again below itself, without end. Nothing was started. */
export class ChildOfItselfError extends define(
  "CHILD_OF_ITSELF",
  (d: { runId: string; stage: string; workflow: string; same: string }) =>
    `Run ${d.runId}, stage ${d.stage}: the child would be run ${d.same} again (workflow ${d.workflow}, same input), and start ` +
    "itself without end.",
) {}

/** CHILD_TOO_DEEP: a child would have more parents above it than allowed. Nothing was started. */
export class ChildTooDeepError extends define(
  "CHILD_TOO_DEEP",
  (d: { runId: string; stage: string; depthMax: number }) =>
    `Run ${d.runId}, stage ${d.stage}: the child would have more than ${d.depthMax} runs above it.`,
) {}

/** CONTINUES_TOO_FAST: a run continued as new generations without doing anything in between. */
export class ContinuesTooFastError extends define(
  "CONTINUES_TOO_FAST",
  (d: { generation: number; perSecond: number }) =>
    `Generation ${d.generation}: the run continued more than ${d.perSecond} times in a second without a stage, a map or a wait in between.`,
) {}

/** One difference between recorded and present conditions. */
export interface DriftItem {
  /** Kind of the change. */
  readonly what: "inputs" | "config" | "dataset" | "items" | "code" | "checkpoint";
  /** Stage whose record depends on it; left out if it concerns the whole run. */
  readonly stage?: string | undefined;
  /** Recorded condition, in words. */
  readonly was: string;
  /** Present condition, in words. */
  readonly now: string;
  /** Keys added, for the items of a map over an iterable. */
  readonly came?: KeyCount | undefined;
  /** Keys removed, likewise. */
  readonly went?: KeyCount | undefined;
}

/** A number of keys with the first 20 of them. */
export interface KeyCount {
  /** Number of keys. */
  readonly count: number;
  /** The first 20. */
  readonly first: readonly string[];
}

function wordDrift({ what, stage, was, now }: DriftItem): string {
  const of = stage ? ` of stage ${stage}` : "";
  return what === "items" ? `${what}${of}: ${now}` : `${what}${of} was ${was}, is now ${now}`;
}

/** DRIFT: something that recorded results depend on has changed, and the user must accept it first. */
export class DriftError extends define(
  "DRIFT",
  (d: { runId: string; drift: readonly DriftItem[] }) =>
    `Recorded results of run ${d.runId} depend on something that has changed: ${d.drift.map(wordDrift).join("; ")}.`,
) {}

/** DUPLICATE_RUN: a run of the same dedupe key is active, and this one would be a second. */
export class DuplicateRunError extends define(
  "DUPLICATE_RUN",
  (d: { runId: string; status: RunStatus; key: string | null }) =>
    `Run ${d.runId} of the dedupe key ${d.key === null ? "" : `"${d.key}" `}is ${d.status}: a second is not started while it is active.`,
) {}

/** ILLEGAL_MOVE: the run's state does not allow the request. `ACTS_FROM` lists what each state allows. */
export class IllegalMoveError extends define(
  "ILLEGAL_MOVE",
  (d: { runId: string; status: RunStatus; asked: RunAct; allowed: readonly RunStatus[] }) =>
    `Run ${d.runId} is ${d.status}: ${d.asked} is possible only if it is ${list(d.allowed)}.`,
) {}

/** PLAN_STALE: something has changed since the plan was made. Make a new plan. `runId` is null for a plan over many runs. */
export class PlanStaleError extends define(
  "PLAN_STALE",
  (d: { runId: string | null }) =>
    `${d.runId === null ? "The planned work" : `Run ${d.runId}`} has changed since the plan was made; nothing was changed.`,
) {}

/** RUN_AWAITED: the run that started it is unfinished and needs its outcome, which it has not taken yet. */
export class RunAwaitedError extends define(
  "RUN_AWAITED",
  (d: { runId: string; parent: string }) =>
    `Run ${d.runId} cannot be deleted: run ${d.parent}, which started it, is unfinished and needs its outcome.`,
) {}

/** RUN_CANCELLED: `result()` was called for a cancelled run. */
export class RunCancelledError extends define(
  "RUN_CANCELLED",
  (d: { runId: string; reason: string | null }) => `Run ${d.runId} was cancelled${d.reason ? `: ${d.reason}` : ""}.`,
) {}

/** RUN_CHANGED: the run is no longer in the state that the caller acted on. */
export class RunChangedError extends define(
  "RUN_CHANGED",
  (d: { runId: string; expected: string; found: string; status: string }) =>
    `Run ${d.runId} has changed since it was read: revision ${d.expected} was expected, but it is ${d.status} at ` +
    `revision ${d.found}. Nothing was done.`,
) {}

/** RUN_FAILED: `result()` was called for a failed run. `details.error` is the error that ended it. */
export class RunFailedError extends define(
  "RUN_FAILED",
  (d: { runId: string; reason: string | null; error: RecordedError | null }) =>
    `Run ${d.runId} failed${d.error ? `: ${d.error.message}` : d.reason ? `: ${d.reason}` : ""}`,
) {}

/** RUN_FORKED: forks of the run still refer to its data. */
export class RunForkedError extends define(
  "RUN_FORKED",
  (d: { runId: string; forks: readonly string[] }) =>
    `Run ${d.runId} cannot be deleted: ${d.forks.join(", ")} ${d.forks.length === 1 ? "was" : "were"} forked from it, and forks use its items and files.`,
) {}

/** RUN_HAS_CHILDREN: child runs of the run are unfinished. */
export class RunHasChildrenError extends define(
  "RUN_HAS_CHILDREN",
  (d: { runId: string; children: readonly string[] }) =>
    `Run ${d.runId} cannot be deleted: below it, ${list(d.children)} ${d.children.length === 1 ? "is" : "are"} unfinished.`,
) {}

/** RUN_ID_TAKEN: another run already has the requested ID. */
export class RunIdTakenError extends define("RUN_ID_TAKEN", (d: { runId: string; taken?: string }) =>
  d.taken === undefined || d.taken === d.runId
    ? `Run ${d.runId} already exists.`
    : `Run ${d.taken} already exists, and ${d.runId} differs from it only in case: on many disks both would have the same folder.`,
) {}

/** RUN_NOT_FOUND: no run has this ID, or an ID that begins with it. */
export class RunNotFoundError extends define(
  "RUN_NOT_FOUND",
  (d: { runId: string }) => `No run is called "${d.runId}".`,
) {}

/** RUN_PAUSED: `result()` was called for a paused run. Resuming continues it. */
export class RunPausedError extends define(
  "RUN_PAUSED",
  (d: { runId: string; reason: string | null; hasReachedThrough?: boolean }) =>
    `Run ${d.runId} is paused${d.reason ? ` (${d.reason})` : ""}.`,
) {
  /** The exit code is 0 if the run went as far as its `through`, and 75 for any other pause. */
  override get spec(): ErrorSpec {
    return this.details.hasReachedThrough === true ? { ...super.spec, exitCode: EXIT.done } : super.spec;
  }
}

/** RUN_RECORD_INVALID: a run record from outside matches no known schema version. */
export class RunRecordInvalidError extends define(
  "RUN_RECORD_INVALID",
  (d: { issues: readonly InputIssue[] }) => `The run record is invalid: ${wordIssues(d.issues)}.`,
) {}

/** UNKNOWN_WORKFLOW: no registered workflow has this name. */
export class UnknownWorkflowError extends define(
  "UNKNOWN_WORKFLOW",
  (d: { workflow: string; known: readonly string[] }) =>
    `No workflow is called "${d.workflow}"; the registered workflows are: ${list(d.known)}.`,
) {}
