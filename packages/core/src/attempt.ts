/**
 * Attempts and what they leave: the attempt rows, the one recorded outcome of a stage, checkpoints, artifacts.
 *
 * A stage's outcome is recorded once per generation; it is the attempt row with `isRecord`. An interrupted attempt
 * (process died, pause, shutdown) uses up none of the allowed attempts.
 */
import type { RecordedError } from "./errors/recorded.js";

/** Every state of an attempt, in the order they are shown. */
export const ATTEMPT_STATUSES = ["running", "completed", "failed", "interrupted"] as const;
/**
 * The state of one attempt. `interrupted`: its process died, paused or stopped; it uses up none of the allowed
 * attempts.
 */
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

/** Where a recorded output is: inline JSON text, or a file by its SHA-256 when it was over the inline limit. */
export type StoredOutput =
  | { readonly kind: "inline"; readonly json: string | null }
  | { readonly kind: "file"; readonly sha256: string; readonly sizeBytes: number };

/** One attempt at a stage, as a row. Instants are milliseconds UTC. */
export interface AttemptRecord {
  readonly generation: number;
  readonly stage: string;
  /** From 1, going on over restarts. */
  readonly attempt: number;
  readonly status: AttemptStatus;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly error: RecordedError | null;
  /** This attempt's ending is the stage's outcome: a replay answers with it. */
  readonly isRecord: boolean;
  /** What its caller called it; null where no label was given. */
  readonly label: string | null;
  readonly holder: string;
}

/** A stage's recorded outcome, with what a replay needs. */
export interface StageRecord {
  readonly stage: string;
  readonly attempt: number;
  readonly outcome: "completed" | "failed";
  readonly output: StoredOutput | null;
  readonly error: RecordedError | null;
  /** SHA-256 of the canonical JSON of the declared `inputs`; null when none were declared. */
  readonly inputsHash: string | null;
  /** Failed attempts that this outcome took, itself included. */
  readonly failedCount: number;
}

/** What was written about one stage in the current generation, whether or not it has an outcome. */
export interface StageHistory {
  readonly stage: string;
  /** The highest attempt number used, over all generations. */
  readonly lastAttempt: number;
  /** Failed attempts that count against the allowance: since the stage was last reopened. */
  readonly failedCount: number;
  readonly record: StageRecord | null;
}

/** One file that an attempt wrote, with the hash by which it is trusted. */
export interface ArtifactRecord {
  /** Generation of the run that wrote it. */
  readonly generation: number;
  /** Stage that wrote it. */
  readonly stage: string;
  /** Attempt that wrote it, from 1. */
  readonly attempt: number;
  /** Name below the folder of the attempt; folders separated by "/". */
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  /** Size in bytes. */
  readonly sizeBytes: number;
  /** Milliseconds UTC. */
  readonly writtenAt: number;
}

/** The newest state that a stage saved of its own accord, as JSON text. */
export interface CheckpointRecord {
  readonly stage: string;
  readonly attempt: number;
  readonly savedAt: number;
  readonly json: string;
}
