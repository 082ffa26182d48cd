/**
 * What the writer remembers of running runs between the operations of a group and from group to group: the columns of
 * `run_live` that fenced writes read and change. One run's row is then read once and written once for all its operations
 * in a group.
 *
 * Invariants. The memory is used under the write lock only, and dropped when another connection has written since
 * (`PRAGMA data_version`), after a rollback, and around every operation that goes to the rows itself. All that is
 * changed here is in the rows before the commit.
 */
import type { WishKind } from "@holdfast/core";
import { placeholders, ROWS_AT_ONCE, writeInBatches } from "./batches.js";
import type { SqlValue, Statements } from "./driver.js";

export interface HotRun {
  readonly runK: number;
  readonly phase: number;
  readonly token: number;
  readonly nonce: string | null;
  readonly wish: WishKind | null;
  readonly generation: number;
  readonly holderK: number;
  /** 1: its end lets another run go. */
  readonly isBound: number;
  nextSeq: number;
  beatAt: number;
  progressAt: number;
  updatedAt: number;
  openAttempts: number;
  stagesDone: number;
  hasRecord: number;
  hasProgressed: number;
  isReopening: number;
  deaths: number;
  label: string | null;
  isDirty: boolean;
}

/** The phase of a run that somebody holds, as stored. */
export const RUNNING = 1;
/** Runs remembered at the most: some hundred bytes each. */
const RUNS_MAX = 10_000;

export class HotState {
  readonly runs = new Map<number, HotRun>();
  readonly #dirty: HotRun[] = [];
  #dataVersion = -1;

  markDirty(run: HotRun): void {
    if (run.isDirty) return;
    run.isDirty = true;
    this.#dirty.push(run);
  }

  /** For an operation that has just written this run's row, and knows what is in it. */
  remember(run: HotRun): void {
    this.runs.set(run.runK, run);
  }

  forget(): void {
    this.runs.clear();
    this.#dirty.length = 0;
  }

  /** For an operation that changed this run's row itself; nothing of it is dirty then. */
  forgetRun(runK: number): void {
    this.runs.delete(runK);
  }

  /** At the begin of a transaction: keep what is remembered only if nobody else has written since. */
  begin(ctx: Statements): void {
    const version = ctx.get<{ data_version: number }>("PRAGMA data_version")?.data_version ?? -1;
    if (version !== this.#dataVersion || this.runs.size > RUNS_MAX) this.forget();
    this.#dataVersion = version;
  }

  /** Put all changes into the rows. */
  flush(ctx: Statements): void {
    writeInBatches(ctx, UPDATE_SQL, this.#dirty, pushRun);
    for (const run of this.#dirty) run.isDirty = false;
    this.#dirty.length = 0;
  }
}

const LOAD_SQL = `
  SELECT run_k AS runK, phase, token, nonce, wish, generation, holder_k AS holderK, next_seq AS nextSeq,
         beat_at AS beatAt, progress_at AS progressAt, updated_at AS updatedAt, open_attempts AS openAttempts,
         stages_done AS stagesDone, has_record AS hasRecord, has_progressed AS hasProgressed,
         is_reopening AS isReopening, deaths, label, dedupe IS NOT NULL AS isBound
    FROM run_live WHERE run_k = ?`;

export function loadHotRun(ctx: Statements & { readonly hot: HotState }, runK: number): HotRun | undefined {
  const known = ctx.hot.runs.get(runK);
  if (known !== undefined) return known;
  const row = ctx.get<Omit<HotRun, "isDirty">>(LOAD_SQL, runK);
  if (row === undefined) return undefined;
  const run: HotRun = { ...row, isDirty: false };
  // One that is not running is claimed or moved by operations that do not look here.
  if (run.phase === RUNNING) ctx.hot.runs.set(runK, run);
  return run;
}

const updateSql = (count: number) => `
  UPDATE run_live
     SET next_seq = n.column2, beat_at = n.column3, progress_at = n.column4, updated_at = n.column5,
         open_attempts = n.column6, stages_done = n.column7, has_record = n.column8, has_progressed = n.column9,
         is_reopening = n.column10, label = n.column11, deaths = n.column12
    FROM (VALUES ${placeholders(12, count)}) n
   WHERE run_k = n.column1`;

const UPDATE_SQL = { one: updateSql(1), many: updateSql(ROWS_AT_ONCE) };

function pushRun(values: SqlValue[], run: HotRun): void {
  values.push(run.runK, run.nextSeq, run.beatAt, run.progressAt, run.updatedAt, run.openAttempts, run.stagesDone);
  values.push(run.hasRecord, run.hasProgressed, run.isReopening, run.label, run.deaths);
}
