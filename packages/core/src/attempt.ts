/**
 * Attempts and their records: attempt rows, the one recorded outcome of a stage, checkpoints, artifacts.
 *
 * A stage's outcome is recorded once per generation, as the attempt row with `isRecord`. An interrupted attempt (its
 * process died, or the run was paused or shut down) does not count against the allowed attempts.
 */
import type { RecordedError } from "./errors/recorded.js";
import type { WaitView } from "./wait.js";

/** All states of an attempt, in display order. */
export const ATTEMPT_STATUSES = ["running", "waiting", "completed", "failed", "interrupted"] as const;
/**
 * State of one attempt. `waiting`: a wait that is still open; no worker executes it. `interrupted`: its process died, or the run was paused or stopped. An interrupted attempt does
 * not count against the allowed attempts.
 */
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

/** Location of a recorded output: inline JSON text or, above the inline limit, a file named by its SHA-256. */
export type StoredOutput =
  | { readonly kind: "inline"; readonly json: string | null }
  | { readonly kind: "file"; readonly sha256: string; readonly sizeBytes: number };

/** One attempt at a stage, as a row. Instants are milliseconds UTC. */
export interface AttemptRecord {
  readonly generation: number;
  readonly stage: string;
  /** Attempt number, from 1; restarts continue the count. */
  readonly attempt: number;
  readonly status: AttemptStatus;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly error: RecordedError | null;
  /** Whether this attempt's result is the stage's outcome, with which a replay answers. */
  readonly isRecord: boolean;
  /** Label given by the caller; null if none was given. */
  readonly label: string | null;
  readonly holder: string;
  /** What the stage waits or waited for; null if it is or was executed. */
  readonly wait: WaitView | null;
}

/** A stage's recorded outcome, with the data that a replay needs. */
export interface StageRecord {
  readonly stage: string;
  readonly attempt: number;
  readonly outcome: "completed" | "failed";
  readonly output: StoredOutput | null;
  readonly error: RecordedError | null;
  /** SHA-256 of the canonical JSON of the declared `inputs`; null if none were declared. */
  readonly inputsHash: string | null;
  /** Number of failed attempts up to this outcome, including itself. */
  readonly failedCount: number;
}

/** Records of one stage in the current generation, with or without an outcome. */
export interface StageHistory {
  readonly stage: string;
  /** Highest attempt number used, over all generations. */
  readonly lastAttempt: number;
  /** Failed attempts since the stage was last reopened. They count against the allowed attempts. */
  readonly failedCount: number;
  readonly record: StageRecord | null;
}

/** A file that an attempt wrote, with the hash that later reads are checked against. */
export interface ArtifactRecord {
  /** Generation of the run that wrote it. */
  readonly generation: number;
  /** Stage that wrote it. */
  readonly stage: string;
  /** Attempt that wrote it, from 1. */
  readonly attempt: number;
  /** Name within the attempt's folder; subfolders are separated by "/". */
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  /** Size in bytes. */
  readonly sizeBytes: number;
  /** When it was written, in milliseconds UTC. */
  readonly writtenAt: number;
}

/** The newest state that a stage saved, as JSON text. */
export interface CheckpointRecord {
  readonly stage: string;
  readonly attempt: number;
  readonly savedAt: number;
  readonly json: string;
}
