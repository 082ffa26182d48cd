/**
 * What the writer remembers of running runs between the operations of a group and from group to group: the columns of
 * `run_live` that fenced writes read and change, and attempts that were started in this group. One run's row is then
 * read once and written once for all its operations in a group, and an attempt that starts and ends within one group
 * is one insert.
 *
 * Invariants. The memory is used under the write lock only, and dropped when another connection has written since
 * (`PRAGMA data_version`), after a rollback, and around every operation that goes to the rows itself. All that is
 * changed here is in the rows before the commit. When a remembered attempt turns out to be there already, the whole
 * group is rolled back and done again one by one and straight to the rows: rare, and exact.
 */
import type { WishKind } from "@holdfast/core";
import type { SqlContext } from "../context.js";

export interface HotRun {
  readonly runK: number;
  readonly phase: number;
  readonly token: number;
  readonly nonce: string | null;
  readonly wish: WishKind | null;
  readonly generation: number;
  readonly holderK: number;
  nextSeq: number;
  beatAt: number;
  progressAt: number;
  updatedAt: number;
  openAttempts: number;
  stagesDone: number;
  hasRecord: number;
  hasProgressed: number;
  isReopening: number;
  label: string | null;
  isDirty: boolean;
}

/** An attempt that was started in this group and is not in its table yet. */
export interface HotAttempt {
  readonly runK: number;
  readonly stage: string;
  readonly attempt: number;
  readonly generation: number;
  readonly startSeq: number;
  readonly holderK: number;
  readonly startedAt: number;
  readonly inputsHash: string | null;
  status: string;
  isRecord: number;
  finishedAt: number | null;
  errorJson: string | null;
  sha256: string | null;
  sizeBytes: number | null;
  outputJson: string | null;
}

/** Thrown when the group has to be done again without remembering. */
export class RememberedWronglyError extends Error {}

/** Runs remembered at the most: some hundred bytes each. */
const RUNS_MAX = 10_000;

export class HotState {
  readonly runs = new Map<number, HotRun>();
  readonly attempts = new Map<string, HotAttempt>();
  readonly #dirty: HotRun[] = [];
  #dataVersion = -1;
  /** Off while a group is done again one by one. */
  isRemembering = true;

  markDirty(run: HotRun): void {
    if (run.isDirty) return;
    run.isDirty = true;
    this.#dirty.push(run);
  }

  forget(): void {
    this.runs.clear();
    this.attempts.clear();
    this.#dirty.length = 0;
  }

  /** At the begin of a transaction: keep what is remembered only if nobody else has written since. */
  begin(ctx: SqlContext): void {
    const version = ctx.get<{ data_version: number }>("PRAGMA data_version")?.data_version ?? -1;
    if (version !== this.#dataVersion || this.runs.size > RUNS_MAX) this.forget();
    this.#dataVersion = version;
  }

  /** Put all changes into the rows. */
  flush(ctx: SqlContext): void {
    for (const attempt of this.attempts.values()) insertAttempt(ctx, attempt);
    this.attempts.clear();
    for (const run of this.#dirty) {
      updateRun(ctx, run);
      run.isDirty = false;
    }
    this.#dirty.length = 0;
  }
}

const LOAD_SQL = `
  SELECT run_k AS runK, phase, token, nonce, wish, generation, holder_k AS holderK, next_seq AS nextSeq,
         beat_at AS beatAt, progress_at AS progressAt, updated_at AS updatedAt, open_attempts AS openAttempts,
         stages_done AS stagesDone, has_record AS hasRecord, has_progressed AS hasProgressed,
         is_reopening AS isReopening, label
    FROM run_live WHERE run_k = ?`;

export function loadHotRun(ctx: SqlContext, runK: number): HotRun | undefined {
  const known = ctx.hot.runs.get(runK);
  if (known !== undefined) return known;
  const row = ctx.get<Omit<HotRun, "isDirty">>(LOAD_SQL, runK);
  if (row === undefined) return undefined;
  const run: HotRun = { ...row, isDirty: false };
  ctx.hot.runs.set(runK, run);
  return run;
}

function updateRun(ctx: SqlContext, run: HotRun): void {
  ctx.run(
    `UPDATE run_live
        SET next_seq = ?, beat_at = ?, progress_at = ?, updated_at = ?, open_attempts = ?, stages_done = ?,
            has_record = ?, has_progressed = ?, is_reopening = ?, label = ?
      WHERE run_k = ?`,
    run.nextSeq,
    run.beatAt,
    run.progressAt,
    run.updatedAt,
    run.openAttempts,
    run.stagesDone,
    run.hasRecord,
    run.hasProgressed,
    run.isReopening,
    run.label,
    run.runK,
  );
}

/** Refused by the row that is there, or, for an outcome, by the one that is recorded. */
function insertAttempt(ctx: SqlContext, attempt: HotAttempt): void {
  const inserted = ctx.run(
    `INSERT OR IGNORE INTO attempt (run_k, stage, attempt, generation, start_seq, status, is_record, holder_k,
                                    started_at, finished_at, inputs_hash, error, output_sha256, output_bytes, output)
     SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
      WHERE NOT (? AND EXISTS (SELECT 1 FROM attempt WHERE run_k = ? AND stage = ? AND generation = ? AND is_record = 1))`,
    attempt.runK,
    attempt.stage,
    attempt.attempt,
    attempt.generation,
    attempt.startSeq,
    attempt.status,
    attempt.isRecord,
    attempt.holderK,
    attempt.startedAt,
    attempt.finishedAt,
    attempt.inputsHash,
    attempt.errorJson,
    attempt.sha256,
    attempt.sizeBytes,
    attempt.outputJson,
    attempt.isRecord,
    attempt.runK,
    attempt.stage,
    attempt.generation,
  );
  if (inserted === 0) throw new RememberedWronglyError();
}
