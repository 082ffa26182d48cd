/**
 * What stages record, in the Store contract (`store.ts`): attempts, outcomes, checkpoints, artifacts.
 */
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

/** An attempt that begins. */
export interface AttemptStart {
  readonly stage: string;
  readonly attempt: number;
  readonly inputsHash: string | null;
  /** What people read beside the stage's name. Left out: nothing. */
  readonly label?: string | null | undefined;
}

/** How an attempt ended. */
export type AttemptFinish = { readonly stage: string; readonly attempt: number } & (
  | { readonly status: "completed"; readonly output: StoredOutput; readonly ms: number }
  /** `isRecord`: the last allowed attempt, the stage's outcome is this failure; else it is tried after `afterMs`. */
  | { readonly status: "failed"; readonly error: RecordedError; readonly isRecord: boolean; readonly afterMs: number }
  | { readonly status: "interrupted"; readonly error: RecordedError | null }
);

/** What stages record: attempts, outcomes, checkpoints, artifacts. */
export interface AttemptStore {
  /** Soft, fenced. The attempt's row and `stage.started`; with a label the run's progress reads `<stage> · <label>`. */
  startAttempt(fence: Fence, start: AttemptStart): Promise<WriteOutcome>;
  /** Strict, fenced. How the attempt ended, with its event; a completed one is the stage's outcome, once. */
  finishAttempt(fence: Fence, finish: AttemptFinish): Promise<WriteOutcome>;
  /** Strict, fenced. A recorded outcome no longer answers, and its failures no longer count: the stage runs again. */
  reopenStage(fence: Fence, stage: string, why: RecordedError | null): Promise<WriteOutcome>;
  /** Soft, fenced. What the run records from now on is of this code; see `ClaimTerms.codes`. */
  noteCode(fence: Fence, code: string): Promise<WriteOutcome>;
  /** All that the current generation recorded, for a replay. */
  loadHistory(runId: RunId): Promise<readonly StageHistory[]>;
  getStageRecord(runId: RunId, stage: string): Promise<StageRecord | null>;
  /** Every attempt of every generation, in the order of their start. */
  listAttempts(runId: RunId): Promise<readonly AttemptRecord[]>;
  /** The same of a page of runs, in one read; a run without attempts has an empty list, an unknown one too. */
  listAttemptsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, readonly AttemptRecord[]>>;
  /** Strict, fenced. One checkpoint a stage, the newest; null clears it. */
  saveCheckpoint(
    fence: Fence,
    checkpoint: { readonly stage: string; readonly attempt: number; readonly json: string | null },
  ): Promise<WriteOutcome>;
  getCheckpoint(runId: RunId, stage: string): Promise<CheckpointRecord | null>;
  /** Soft, fenced. The file is in place already; a later strict write makes the record last. */
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
