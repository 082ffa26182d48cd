/**
 * The record of a run. `run-status.ts` has its states and the moves between them. Records carry a schema version; those
 * from outside or from an older version go through `validateRunRecord` and `migrateRunRecord` (in `run-schema.ts`).
 */
import type { RecordedError } from "./errors/recorded.js";
import type { RunId } from "./ids.js";
import type { LeaseView } from "./lease.js";
import type { Progress, ReachedProgress } from "./progress.js";
import type { RecoveryPolicy } from "./recovery.js";
import type { RunStatus } from "./run-status.js";
import type { SearchValue } from "./search.js";
import type { StageDeclaration } from "./stage.js";

/** A person's request to a running run. Its worker carries it out at the next heartbeat or write, whichever comes first. */
export type WishKind = "pause" | "cancel" | "fail";
/** A wish with its reason. */
export interface Wish {
  /** What the worker should do with the run. */
  readonly kind: WishKind;
  /** Reason given; null if none was. */
  readonly reason: string | null;
}

/** Terms that a person set for the current resume. Stored with the run, so that any worker that takes it knows them. */
export interface ResumeDirective {
  /** What to do with recorded results whose conditions have changed. */
  readonly accept: string | null;
  /** Which items of finished maps are tried again; null for missing ones. */
  readonly only: string | null;
  /** Datasets with a changed file, as `name:content`. Stages that read one of them read its file again. */
  readonly outdated?: readonly string[] | undefined;
  /**
   * Budget in dollars by stage, in place of the map's declared one. It is kept after the execution, until the run ends
   * or is restarted: a run that pauses again for another reason must not meet the old limit.
   */
  readonly budget?: Readonly<Record<string, number>> | undefined;
}

/** An input as JSON texts. The engine serializes it once; layers below reuse the texts. */
export interface InputTexts {
  readonly inputJson: string | null;
  readonly givenJson: string | null;
  /** Secrets of the input, which the other two texts do not contain; null or left out if there are none. */
  readonly secretsJson?: string | null | undefined;
}

/** Incremented with every change of `RunRecord` that an older reader would misread. */
export const RUN_SCHEMA_VERSION = 1;

/** Reason of a pause at the stage that `through` names. Only an execution sets it: see `reasonGiven`. */
export const THROUGH_REASON = "through";

/** Returns whether the run stopped exactly where its `through` asked. Such a pause is a success: exit code 0, not 75. */
export function hasReachedThrough(run: Pick<RunRecord, "status" | "reason" | "through">): boolean {
  return run.status === "paused" && run.reason === THROUGH_REASON && run.through !== null;
}

/** Returns the reason that a person or a stage gave. The engine's own word is quoted, so that no other pause looks like it. */
export function reasonGiven<R extends string | null>(reason: R): R | string {
  return reason === THROUGH_REASON ? `"${THROUGH_REASON}"` : reason;
}

/** One run as stored. Instants are milliseconds UTC. */
export interface RunRecord {
  readonly schemaVersion: typeof RUN_SCHEMA_VERSION;
  readonly id: RunId;
  readonly workflow: string;
  /** The workflow's own version when the run was created; null if it declared none. */
  readonly version: string | null;
  /** Starts at 1 and increases with each restart. Records of earlier generations stay visible but are no longer used. */
  readonly generation: number;
  readonly status: RunStatus;
  /**
   * Why the run is in this state, as one word or a short phrase ("through", "budget", "items_failed"); null if that is
   * plain.
   */
  readonly reason: string | null;
  readonly owner: string | null;
  /** Input as parsed by the schema, and never parsed again. The workflow sees it with its secrets, which are hidden here. */
  readonly input: unknown;
  /** Input as the user gave it, with secrets hidden. `restart --set` changes it. */
  readonly given: unknown;
  /** Values of the search fields that its workflow declares. Fields that its input lacks are missing. */
  readonly search: Readonly<Record<string, SearchValue>>;
  /** Whether secret fields of the input are stored separately. */
  readonly hasSecrets: boolean;
  /** Stages declared when the run was created; null if the workflow declares none. */
  readonly stages: readonly StageDeclaration[] | null;
  readonly policy: RecoveryPolicy;
  /** Last stage to run before the run pauses; null runs to the end. */
  readonly through: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
  /** When idleness will be judged; set while the run is running under an idle timeout. */
  readonly timeoutAt: number | null;
  /**
   * A queued run is not claimed before this instant; a paused run resumes by itself at it; a waiting run is woken at it
   * at the latest, null if only something from outside ends its waits.
   */
  readonly wakeAt: number | null;
  readonly retries: number;
  /** Recoveries charged in a row, as of the newest one. After an outcome (`deaths` is 0), the next one counts from 1. */
  readonly recoveries: number;
  /**
   * How often in a row its holder died or fell silent, charged or not, since the run last recorded an outcome of a
   * stage or an item. From 1 on the run is a suspect: a worker with child processes executes it in one of its own.
   */
  readonly deaths: number;
  /**
   * Error of this generation's newest failed attempt at a stage or an item, or the reason of the latest recovery. Kept
   * during the next attempt and after it succeeds. For failures of a map's items, updated at most once per second.
   */
  readonly lastError: RecordedError | null;
  /** When `lastError` was recorded; null if there is none, or if an older version recorded it. */
  readonly lastErrorAt: number | null;
  readonly progress: Progress;
  /** Reached progress, which keeps the run's fraction from falling within its generation. */
  readonly reached: ReachedProgress;
  readonly lease: LeaseView | null;
  readonly wish: Wish | null;
  readonly directive: ResumeDirective | null;
  /** Return value of the workflow; undefined while there is none, or if it is in `outputFile`. */
  readonly output: unknown;
  /** File with the output, if it exceeds the inline limit. */
  readonly outputFile: { readonly sha256: string; readonly sizeBytes: number } | null;
  readonly error: RecordedError | null;
  /** Number of the newest event. */
  readonly head: number;
  /** Run that this one was forked from, and the stage at which the two diverge. */
  readonly forkedFrom: { readonly runId: RunId; readonly stage: string } | null;
  /** Run that started this one as its child, and the stage that did; null if none did. */
  readonly parent: { readonly runId: RunId; readonly stage: string } | null;
  /** Digest of the code that recorded the run's results; null before its first execution, or if it could not be determined. */
  readonly code: string | null;
}
