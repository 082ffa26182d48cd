/**
 * Errors about stages and what they record: outputs, checkpoints, artifacts.
 */
import { plural } from "../plural.js";
import { define, list, wordIssues } from "./define.js";
import { HoldfastError } from "./holdfast-error.js";
import type { InputIssue } from "./input.js";
import { cutText, type RecordedError } from "./recorded.js";

/** An artifact's bytes are not those that were recorded; it is reported, never trusted. */
export class ArtifactChangedError extends define(
  "ARTIFACT_CHANGED",
  (d: { path: string; recordedSha256: string; foundSha256: string }) =>
    `Artifact ${d.path}: its content changed after it was recorded (recorded SHA-256 ${d.recordedSha256.slice(0, 12)}…, ` +
    `found ${d.foundSha256.slice(0, 12)}…).`,
) {}

/** A recorded file is not on the disk; the record stays, the stage can be run again on request. */
export class ArtifactMissingError extends define(
  "ARTIFACT_MISSING",
  (d: { path: string; runId: string; stage: string }) =>
    `Artifact ${d.path} of run ${d.runId}, stage ${d.stage}: the recorded file is missing.`,
) {}

/** A name given to `artifact` could leave its attempt's folder, or no file system takes it. */
export class ArtifactNameInvalidError extends define(
  "ARTIFACT_NAME_INVALID",
  (d: { name: string }) =>
    `"${d.name}" is not a valid artifact name: letters, digits, ".", "_", "-" and "/" between folders are expected, without "..".`,
) {}

/** What a stage wanted to save does not fit the schema of its checkpoint. */
export class CheckpointInvalidError extends define(
  "CHECKPOINT_INVALID",
  (d: { stage: string; issues: readonly InputIssue[] }) =>
    `Stage ${d.stage}: the checkpoint does not match its schema: ` + `${wordIssues(d.issues)}.`,
) {}

/** A value to be recorded would come back changed; `path` leads to the first such place. */
export class NotJsonError extends define(
  "NOT_JSON",
  (d: { subject: string; path: string; found: string }) =>
    `${d.subject}: JSON cannot hold ${d.found} at ${d.path}; a string, number, boolean, null, array or plain object is expected.`,
) {}

/** An output or checkpoint over the hard limit: write an artifact and return its reference. */
export class OutputTooLargeError extends define(
  "OUTPUT_TOO_LARGE",
  (d: { subject: string; sizeBytes: number; limitBytes: number }) =>
    `${d.subject} has ${d.sizeBytes} bytes; at most ${d.limitBytes} can be recorded.`,
) {}

/**
 * A stage's recorded failure, thrown by `stage()` live and on every replay alike. What user code threw is data in
 * `error`, never an instance: `instanceof MyError` would hold live and fail after a crash.
 */
export class StageFailedError extends HoldfastError {
  readonly code = "STAGE_FAILED";
  readonly details: { stage: string; attempts: number; error: RecordedError };
  constructor(
    /** Name of the stage. */
    readonly stage: string,
    /** The number of the attempt whose failure is the outcome: interrupted attempts count, as everywhere they are shown. */
    readonly attempts: number,
    /** What user code threw, as recorded. */
    readonly error: RecordedError,
  ) {
    super(`Stage ${stage} failed after ${plural(attempts, "attempt")}: ${cutText(error.message, 2_000)}`);
    this.details = { stage, attempts, error };
  }
}

/** A stage name that cannot be a folder. */
export class StageNameInvalidError extends define(
  "STAGE_NAME_INVALID",
  (d: { stage: string }) =>
    `"${d.stage.slice(0, 100)}" is not a valid stage name: 1 to 64 letters, digits, ".", "_" or "-" are expected, ` +
    `starting with a letter or digit, without "..".`,
) {}

/** `stage()` was called inside a stage; stages follow each other or run side by side. */
export class StageNestedError extends define(
  "STAGE_NESTED",
  (d: { stage: string; inside: string }) => `Stage ${d.stage} was called inside stage ${d.inside}.`,
) {}

/** A stage name was used twice in one execution: its record could not tell the two apart. */
export class StageRepeatedError extends define(
  "STAGE_REPEATED",
  (d: { stage: string; first: string; second: string }) =>
    `Stage name ${d.stage} is used twice in one run: first at ${d.first}, again at ${d.second}.`,
) {}

/** The workflow declares its stages, and this one is not among them. */
export class StageUndeclaredError extends define(
  "STAGE_UNDECLARED",
  (d: { stage: string; declared: readonly string[] }) =>
    `Stage ${d.stage} is not declared; the workflow declares ${list(d.declared)}.`,
) {}

/** A stage was named, say for `through`, that the workflow does not declare. */
export class UnknownStageError extends define(
  "UNKNOWN_STAGE",
  (d: { stage: string; workflow: string; declared: readonly string[] }) =>
    d.declared.length === 0
      ? `Workflow ${d.workflow} declares no stages, so it cannot be run through "${d.stage}".`
      : `Workflow ${d.workflow} has no stage "${d.stage}"; it has ${list(d.declared)}.`,
) {}
