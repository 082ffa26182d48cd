/**
 * The end of a wait: its outcome becomes the record of its stage, once, under the write lock. Whoever ends one says how
 * (`WaitEnd`); the run's phase decides what else happens: one that waits is queued, of any other only the outcome is recorded.
 */
import {
  eventCountOf,
  type LiveRow,
  OPEN,
  outcomeColumns,
  outcomeEvent,
  QUEUED,
  SETTLED,
  type WaitCondition,
  type WaitEnd,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { insertEvent } from "./events.js";
import { noteError, setWaiting } from "./live.js";

export interface WaitRow extends WaitCondition {
  stage: string;
  attempt: number;
  generation: number;
  opened_at: number;
  due_at: number | null;
  /** 1: `due_at` is compared with the wall clock. 0: with the clock that no jump moves (`steadyMs`). */
  is_wall: number;
}

export const WAIT_COLUMNS = "run_k, stage, attempt, generation, kind, opened_at, due_at, is_wall, subject, answer";

/** Records the outcome, under event numbers that the caller took. */
export function settle(ctx: SqlContext, wait: WaitRow, end: WaitEnd, firstSeq: number): void {
  const { run_k, stage, attempt, opened_at } = wait;
  const { outcome, fact } = end;
  const [status, ...rest] = outcomeColumns(outcome);
  ctx.run(
    `INSERT INTO attempt_row (run_k, stage, attempt, generation, start_seq, status, is_record, holder_k, started_at, finished_at,
                              output, output_sha256, output_bytes, error)
     SELECT run_k, stage, attempt, generation, start_seq, ?, 1, holder_k, opened_at, ?, ?, ?, ?, ?
       FROM wait WHERE run_k = ? AND stage = ? AND attempt = ? AND state = ${OPEN}`,
    ...[status, ctx.wallMs, ...rest, run_k, stage, attempt],
  );
  ctx.run(
    `UPDATE wait SET state = ${SETTLED}, closed_at = ? WHERE run_k = ? AND stage = ? AND attempt = ?`,
    ...[ctx.wallMs, run_k, stage, attempt],
  );
  if (fact !== null) insertEvent(ctx, run_k, firstSeq, fact.type, stage, fact.body);
  const { type, body } = outcomeEvent(outcome, attempt, Math.max(0, ctx.wallMs - opened_at));
  insertEvent(ctx, run_k, firstSeq + eventCountOf(end) - 1, type, stage, body);
  if (outcome.status === "failed") noteError(ctx, run_k, outcome.errorJson);
}

/** The same for a run that nobody holds; `live` has the next event number. */
export function settleResting(ctx: SqlContext, live: LiveRow, wait: WaitRow, end: WaitEnd): void {
  settle(ctx, wait, end, live.next_seq);
  live.next_seq += eventCountOf(end);
  live.deaths = 0;
  live.has_progressed = 1;
  ctx.run(
    `UPDATE run_live SET next_seq = ?, deaths = 0, has_record = 1, has_progressed = 1, stages_done = stages_done + ?, updated_at = ?
      WHERE run_k = ?`,
    live.next_seq,
    end.outcome.status === "completed" ? 1 : 0,
    ctx.wallMs,
    live.run_k,
  );
}

/** Queues a run that waited; `stage`: the wait that ended. */
export function wakeRun(ctx: SqlContext, live: LiveRow, stage: string | null): void {
  if (stage !== null) {
    insertEvent(ctx, live.run_k, live.next_seq, "run.woken", stage, "{}");
    live.next_seq += 1;
  }
  setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs(), reason: null });
}

/** The open waits of a run's generation, in the order in which they were opened. */
export function listOpenWaits(
  ctx: SqlContext,
  { run_k, generation }: Pick<LiveRow, "run_k" | "generation">,
): WaitRow[] {
  return ctx.all<WaitRow>(
    `SELECT ${WAIT_COLUMNS} FROM wait WHERE run_k = ? AND generation = ? AND state = ${OPEN} ORDER BY start_seq`,
    run_k,
    generation,
  );
}
