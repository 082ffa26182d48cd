/** Errors about stages and their records: outputs, checkpoints, artifacts. */
import { plural } from "../plural.js";
import { define, list, wordIssues } from "./define.js";
import { HoldfastError } from "./holdfast-error.js";
import type { InputIssue } from "./input.js";
import { cutText, type RecordedError } from "./recorded.js";

/** ARTIFACT_CHANGED: an artifact's bytes differ from the recorded hash, so it is not used. */
export class ArtifactChangedError extends define(
  "ARTIFACT_CHANGED",
  (d: { path: string; recordedSha256: string; foundSha256: string }) =>
    `Artifact ${d.path}: its content changed after it was recorded (recorded SHA-256 ${d.recordedSha256.slice(0, 12)}…, ` +
    `found ${d.foundSha256.slice(0, 12)}…).`,
) {}

/** ARTIFACT_MISSING: a recorded file is not on the disk. Its record stays; the stage can be run again on request. */
export class ArtifactMissingError extends define(
  "ARTIFACT_MISSING",
  (d: { path: string; runId: string; stage: string }) =>
    `Artifact ${d.path} of run ${d.runId}, stage ${d.stage}: the recorded file is missing.`,
) {}

/** ARTIFACT_NAME_INVALID: a name passed to `artifact` could leave its attempt's folder, or is not a portable file name. */
export class ArtifactNameInvalidError extends define(
  "ARTIFACT_NAME_INVALID",
  (d: { name: string }) =>
    `"${d.name}" is not a valid artifact name: letters, digits, ".", "_", "-" and "/" between folders are expected, without "..".`,
) {}

/** CHECKPOINT_INVALID: a checkpoint does not match the stage's checkpoint schema. */
export class CheckpointInvalidError extends define(
  "CHECKPOINT_INVALID",
  (d: { stage: string; issues: readonly InputIssue[] }) =>
    `Stage ${d.stage}: the checkpoint does not match its schema: ` + `${wordIssues(d.issues)}.`,
) {}

/** NOT_JSON: a value would change when recorded as JSON. `path` leads to the first such place. */
export class NotJsonError extends define(
  "NOT_JSON",
  (d: { subject: string; path: string; found: string }) =>
    `${d.subject}: JSON cannot hold ${d.found} at ${d.path}; a string, number, boolean, null, array or plain object is expected.`,
) {}

/** OUTPUT_TOO_LARGE: an output or checkpoint exceeds the hard limit. Write an artifact and return its reference. */
export class OutputTooLargeError extends define(
  "OUTPUT_TOO_LARGE",
  (d: { subject: string; sizeBytes: number; limitBytes: number }) =>
    `${d.subject} has ${d.sizeBytes} bytes; at most ${d.limitBytes} can be recorded.`,
) {}

/**
 * STAGE_FAILED: a stage's recorded failure, thrown by `stage()` both live and on replay. The original error is plain
 * data in `error`, never an instance: `instanceof MyError` would hold live and fail after a crash.
 */
export class StageFailedError extends HoldfastError {
  readonly code = "STAGE_FAILED";
  readonly details: { stage: string; attempts: number; error: RecordedError };
  constructor(
    /** Name of the stage. */
    readonly stage: string,
    /** Number of the attempt whose failure is the outcome. Like every attempt number, it counts interrupted attempts. */
    readonly attempts: number,
    /** The original error, as recorded. */
    readonly error: RecordedError,
  ) {
    super(`Stage ${stage} failed after ${plural(attempts, "attempt")}: ${cutText(error.message, 2_000)}`);
    this.details = { stage, attempts, error };
  }
}

/** STAGE_NAME_INVALID: a stage name cannot be a folder name. */
export class StageNameInvalidError extends define(
  "STAGE_NAME_INVALID",
  (d: { stage: string }) =>
    `"${d.stage.slice(0, 100)}" is not a valid stage name: 1 to 64 letters, digits, ".", "_" or "-" are expected, ` +
    `starting with a letter or digit, without "..".`,
) {}

/** STAGE_NESTED: `stage()` was called inside a stage. Stages run one after another or side by side. */
export class StageNestedError extends define(
  "STAGE_NESTED",
  (d: { stage: string; inside: string }) => `Stage ${d.stage} was called inside stage ${d.inside}.`,
) {}

/** STAGE_REPEATED: a stage name was used twice in one execution, which makes its record ambiguous. */
export class StageRepeatedError extends define(
  "STAGE_REPEATED",
  (d: { stage: string; first: string; second: string }) =>
    `Stage name ${d.stage} is used twice in one run: first at ${d.first}, again at ${d.second}.`,
) {}

/** STAGE_UNDECLARED: the workflow declares its stages, and this one is not among them. */
export class StageUndeclaredError extends define(
  "STAGE_UNDECLARED",
  (d: { stage: string; declared: readonly string[] }) =>
    `Stage ${d.stage} is not declared; the workflow declares ${list(d.declared)}.`,
) {}

/** UNKNOWN_STAGE: a request, for example with `through`, names a stage that the workflow does not declare. */
export class UnknownStageError extends define(
  "UNKNOWN_STAGE",
  (d: { stage: string; workflow: string; declared: readonly string[] }) =>
    d.declared.length === 0
      ? `Workflow ${d.workflow} declares no stages, so it cannot be run through "${d.stage}".`
      : `Workflow ${d.workflow} has no stage "${d.stage}"; it has ${list(d.declared)}.`,
) {}
