/**
 * A run: its record. Its states and the moves between them are in `run-status.ts`. The record carries a schema version; what comes from
 * outside or from an older version passes `validateRunRecord` and `migrateRunRecord` (in `run-schema.ts`).
 */
import type { RecordedError } from "./errors/recorded.js";
import type { RunId } from "./ids.js";
import type { LeaseView } from "./lease.js";
import type { Progress, ReachedProgress } from "./progress.js";
import type { RecoveryPolicy } from "./recovery.js";
import type { RunStatus } from "./run-status.js";
import type { SearchValue } from "./search.js";
import type { StageDeclaration } from "./stage.js";

/** What a person asked of a running run; its worker obeys at the next heartbeat or write, whichever comes first. */
export type WishKind = "pause" | "cancel" | "fail";
/** A wish with the reason given for it. */
export interface Wish {
  /** What the worker is asked to do with the run. */
  readonly kind: WishKind;
  /** Why; null where none was given. */
  readonly reason: string | null;
}

/** What a person asked of the resume under way, kept with the run so that whichever worker takes it knows. */
export interface ResumeDirective {
  /** What to do with recorded results whose conditions changed. */
  readonly accept: string | null;
  /** Which items of finished maps are tried again; null is what is missing. */
  readonly only: string | null;
  /** Datasets whose file has changed, as `name:content`: the stage that gave one reads its file again. */
  readonly outdated?: readonly string[] | undefined;
  /**
   * Dollars that a map may spend in place of what it declares, by stage. Outlives the execution, until the run has ended or is
   * restarted: a run that pauses again for another reason must not meet the old limit.
   */
  readonly budget?: Readonly<Record<string, number>> | undefined;
}

/** An input as JSON texts: made once by the engine, never made again below it. */
export interface InputTexts {
  readonly inputJson: string | null;
  readonly givenJson: string | null;
  /** Its secrets, which the two others do not hold; null or left out where it has none. */
  readonly secretsJson?: string | null | undefined;
}

/** Bumped with every change of `RunRecord` that an older reader would misread. */
export const RUN_SCHEMA_VERSION = 1;

/** Reason of a pause at the stage that `through` names. Only an execution gives it: see `reasonGiven`. */
export const THROUGH_REASON = "through";

/** Whether the run went exactly as far as its `through` asked. Such a pause is a success: exit code 0, not 75. */
export function hasReachedThrough(run: Pick<RunRecord, "status" | "reason" | "through">): boolean {
  return run.status === "paused" && run.reason === THROUGH_REASON && run.through !== null;
}

/** The reason that a person or a stage gave. The engine's own word is quoted, so that nobody else's pause looks like it. */
export function reasonGiven<R extends string | null>(reason: R): R | string {
  return reason === THROUGH_REASON ? `"${THROUGH_REASON}"` : reason;
}

/** One run as the store knows it. Instants are milliseconds UTC. */
export interface RunRecord {
  readonly schemaVersion: typeof RUN_SCHEMA_VERSION;
  readonly id: RunId;
  readonly workflow: string;
  /** The workflow's own version when the run was created; null when it declared none. */
  readonly version: string | null;
  /** Raised by a restart: records of earlier generations stay visible but no longer answer. Starts at 1. */
  readonly generation: number;
  readonly status: RunStatus;
  /** Why it is in this state, in one word or a short phrase ("through", "budget", "items_failed"); null where plain. */
  readonly reason: string | null;
  readonly owner: string | null;
  /** The input as parsed by the schema, never parsed again: what the workflow sees, but for secrets, which are hidden. */
  readonly input: unknown;
  /** The input as the user gave it, secrets hidden: what `restart --set` changes. */
  readonly given: unknown;
  /** Values of the search fields that its workflow declares; those that its input lacks are missing. */
  readonly search: Readonly<Record<string, SearchValue>>;
  /** Whether fields of the input are kept apart, as secrets. */
  readonly hasSecrets: boolean;
  /** The declared stages when the run was created; null when the workflow declares none. */
  readonly stages: readonly StageDeclaration[] | null;
  readonly policy: RecoveryPolicy;
  /** Pause when every stage up to this one has ended; null to go to the end. */
  readonly through: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
  /** When idleness will be judged, when the policy has an idle timeout and the run is running. */
  readonly timeoutAt: number | null;
  /** A queued run is not claimed before this; a paused one with it resumes by itself. */
  readonly wakeAt: number | null;
  readonly retries: number;
  /** Charged in a row, as of the newest recovery; after an outcome (`deaths` is 0) the next one counts from 1. */
  readonly recoveries: number;
  /**
   * How often in a row its holder died or fell silent, charged or not: since it last recorded an outcome of a stage or an item.
   * From one on it is under suspicion: a worker with processes for its runs executes it in one of its own.
   */
  readonly deaths: number;
  /**
   * Of this generation's newest failed attempt at a stage or an item, or why the run was recovered last; kept while it is tried
   * again, and after it went well. Of the failures of a map's items at most one a second is noted.
   */
  readonly lastError: RecordedError | null;
  /** Since when it is `lastError`; null where there is none, or where an older version recorded it. */
  readonly lastErrorAt: number | null;
  readonly progress: Progress;
  /** What keeps the run's fraction from falling within its generation. */
  readonly reached: ReachedProgress;
  readonly lease: LeaseView | null;
  readonly wish: Wish | null;
  readonly directive: ResumeDirective | null;
  /** What the run returned; undefined while there is nothing, or where it is in `outputFile`. */
  readonly output: unknown;
  /** Where the output is when it was over the inline limit. */
  readonly outputFile: { readonly sha256: string; readonly sizeBytes: number } | null;
  readonly error: RecordedError | null;
  /** The number of the newest event. */
  readonly head: number;
  /** The run this one was forked from, and the stage from which it goes its own way. */
  readonly forkedFrom: { readonly runId: RunId; readonly stage: string } | null;
  /** Digest of the code that recorded what the run has; null while nobody has executed it, or where none could be told. */
  readonly code: string | null;
}
