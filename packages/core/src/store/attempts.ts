/** Records of stages in the Store contract (`store.ts`): attempts, outcomes, checkpoints, artifacts. */
import type {
  ArtifactRecord,
  AttemptRecord,
  CheckpointRecord,
  StageHistory,
  StageRecord,
  StoredOutput,
} from "../attempt.js";
import type { RecordedError } from "../errors/recorded.js";
import type { RunId } from "../ids.js";
import type { Fence } from "../lease.js";
import type { WriteOutcome } from "./writes.js";

/** Start of an attempt. */
export interface AttemptStart {
  readonly stage: string;
  readonly attempt: number;
  readonly inputsHash: string | null;
  /** Text shown beside the stage's name. Default: none. */
  readonly label?: string | null | undefined;
}

/** End of an attempt. */
export type AttemptFinish = { readonly stage: string; readonly attempt: number } & (
  | { readonly status: "completed"; readonly output: StoredOutput; readonly ms: number }
  /**
   * `isRecord`: this was the last allowed attempt, so the failure is the stage's outcome. Otherwise the stage is tried
   * again after `afterMs`.
   */
  | { readonly status: "failed"; readonly error: RecordedError; readonly isRecord: boolean; readonly afterMs: number }
  | { readonly status: "interrupted"; readonly error: RecordedError | null }
);

/** Records of stages: attempts, outcomes, checkpoints, artifacts. */
export interface AttemptStore {
  /**
   * Soft, fenced. Writes the attempt's row and `stage.started`. With a label, the run's progress reads `<stage> ·
   * <label>`.
   */
  startAttempt(fence: Fence, start: AttemptStart): Promise<WriteOutcome>;
  /**
   * Strict, fenced. Records how the attempt ended, with its event. A completed attempt is the stage's outcome, recorded
   * once.
   */
  finishAttempt(fence: Fence, finish: AttemptFinish): Promise<WriteOutcome>;
  /** Strict, fenced. Discards a stage's recorded outcome and its failures, so the stage runs again. */
  reopenStage(fence: Fence, stage: string, why: RecordedError | null): Promise<WriteOutcome>;
  /** Soft, fenced. Marks what the run records from now on as made by this code; see `ClaimTerms.codes`. */
  noteCode(fence: Fence, code: string): Promise<WriteOutcome>;
  /** Returns all records of the current generation, for a replay. */
  loadHistory(runId: RunId): Promise<readonly StageHistory[]>;
  getStageRecord(runId: RunId, stage: string): Promise<StageRecord | null>;
  /** Every attempt of every generation, in order of their start. */
  listAttempts(runId: RunId): Promise<readonly AttemptRecord[]>;
  /** Attempts of several runs in one read. A run without attempts, and an unknown run, has an empty list. */
  listAttemptsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, readonly AttemptRecord[]>>;
  /** Strict, fenced. Replaces the stage's checkpoint; null clears it. Each stage has at most one. */
  saveCheckpoint(
    fence: Fence,
    checkpoint: { readonly stage: string; readonly attempt: number; readonly json: string | null },
  ): Promise<WriteOutcome>;
  getCheckpoint(runId: RunId, stage: string): Promise<CheckpointRecord | null>;
  /** Soft, fenced. The caller has already written the file. A later strict write makes the record durable. */
  recordArtifact(
    fence: Fence,
    artifact: {
      readonly stage: string;
      readonly attempt: number;
      readonly name: string;
      readonly sha256: string;
      readonly sizeBytes: number;
    },
  ): Promise<WriteOutcome>;
  listArtifacts(runId: RunId, stage?: string | undefined): Promise<readonly ArtifactRecord[]>;
}
