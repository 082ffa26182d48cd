/**
 * The end of waits: the outcome of each becomes the record of its stage, once. Whoever ends one has locked the run's live row
 * before it read the wait, and says how it ends (`WaitEnd`). The run's phase decides what else happens: one that waits is
 * queued, of any other only the outcome is recorded.
 */
import {
  eventCountOf,
  type LiveRow,
  OPEN,
  outcomeColumns,
  outcomeEvent,
  QUEUED,
  SETTLED,
  WAITING,
  type WaitCondition,
  type WaitEnd,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { insertEvents, type NewEvent } from "./events.js";
import { noteError } from "./live.js";

export interface WaitRow extends WaitCondition {
  stage: string;
  attempt: number;
  generation: number;
  opened_at: number;
  due_at: number | null;
}

export const WAIT_COLUMNS = "run_k, stage, attempt, generation, kind, opened_at, due_at, subject, answer";

/** A wait whose condition is true. */
export interface EndedWait {
  readonly wait: WaitRow;
  readonly end: WaitEnd;
}

/** Their outcomes; the caller holds their runs and writes the events (`eventsOf`). */
export async function settle(ctx: SqlContext, ended: readonly EndedWait[]): Promise<void> {
  for (const { wait, end } of ended) {
    if (end.outcome.status === "failed") await noteError(ctx, wait.run_k, end.outcome.errorJson);
  }
  const columns = ended.map(({ end }) => outcomeColumns(end.outcome));
  await ctx.run(
    `WITH settled AS (
       UPDATE wait w SET state = ${SETTLED}, closed_at = ?9
         FROM unnest(?1::bigint[], ?2::text[], ?3::bigint[], ?4::text[], ?5::text[], ?6::text[], ?7::bigint[], ?8::text[])
           AS e(run_k, stage, attempt, status, output, sha256, bytes, error)
        WHERE w.run_k = e.run_k AND w.stage = e.stage AND w.attempt = e.attempt AND w.state = ${OPEN}
       RETURNING w.*, e.status, e.output, e.sha256, e.bytes, e.error)
     INSERT INTO attempt_row (run_k, stage, attempt, generation, start_seq, status, is_record, holder_k, started_at, finished_at,
                              output, output_sha256, output_bytes, error)
     SELECT run_k, stage, attempt, generation, start_seq, status, 1, holder_k, opened_at, ?9, output, sha256, bytes, error
       FROM settled`,
    ended.map(({ wait }) => wait.run_k),
    ended.map(({ wait }) => wait.stage),
    ended.map(({ wait }) => wait.attempt),
    columns.map(([status]) => status),
    columns.map(([, json]) => json),
    columns.map(([, , sha256]) => sha256),
    columns.map(([, , , bytes]) => bytes),
    columns.map(([, , , , error]) => error),
    ctx.wallMs,
  );
}

/** The events of an end, under numbers that the caller took. */
export function eventsOf(ctx: SqlContext, { wait, end }: EndedWait, firstSeq: number): NewEvent[] {
  const { run_k: runK, stage, attempt, opened_at } = wait;
  const { outcome, fact } = end;
  const told = outcomeEvent(outcome, attempt, Math.max(0, ctx.wallMs - opened_at));
  return [...(fact === null ? [] : [fact]), told].map((event, n) => ({ runK, seq: firstSeq + n, stage, ...event }));
}

export type Resting = Pick<LiveRow, "run_k" | "phase" | "next_seq">;

/** Ends waits of runs that nobody holds and the caller has locked, and queues those runs that wait: which. */
export async function endResting(
  ctx: SqlContext,
  lives: readonly Resting[],
  ended: readonly EndedWait[],
): Promise<number[]> {
  await settle(ctx, ended);
  const events: NewEvent[] = [];
  const changed: { readonly runK: number; readonly seq: number; readonly done: number; readonly isWoken: boolean }[] =
    [];
  for (const { run_k, phase, next_seq } of lives) {
    const own = ended.filter(({ wait }) => wait.run_k === run_k);
    const [first] = own;
    if (first === undefined) continue;
    let seq = next_seq;
    for (const one of own) {
      events.push(...eventsOf(ctx, one, seq));
      seq += eventCountOf(one.end);
    }
    const isWoken = phase === WAITING;
    if (isWoken) events.push({ runK: run_k, seq: seq++, type: "run.woken", stage: first.wait.stage, body: "{}" });
    const done = own.filter(({ end }) => end.outcome.status === "completed").length;
    changed.push({ runK: run_k, seq, done, isWoken });
  }
  await insertEvents(ctx, events);
  await ctx.run(
    `UPDATE run_live l
        SET next_seq = e.seq, stages_done = stages_done + e.done, has_record = 1, has_progressed = 1, deaths = 0, updated_at = ?5,
            phase = CASE WHEN e.woken THEN ${QUEUED} ELSE phase END, wake_at = CASE WHEN e.woken THEN ?5 ELSE wake_at END,
            reason = CASE WHEN e.woken THEN NULL ELSE reason END, progress_at = CASE WHEN e.woken THEN ?5 ELSE progress_at END
       FROM unnest(?1::bigint[], ?2::bigint[], ?3::bigint[], ?4::boolean[]) AS e(run_k, seq, done, woken)
      WHERE l.run_k = e.run_k`,
    changed.map(({ runK }) => runK),
    changed.map(({ seq }) => seq),
    changed.map(({ done }) => done),
    changed.map(({ isWoken }) => isWoken),
    ctx.wallMs,
  );
  return changed.flatMap(({ runK, isWoken }) => (isWoken ? [runK] : []));
}

/** The open waits of a run's generation, in the order in which they were opened. */
export function listOpenWaits(
  ctx: SqlContext,
  { run_k, generation }: Pick<LiveRow, "run_k" | "generation">,
): Promise<WaitRow[]> {
  return ctx.all<WaitRow>(
    `SELECT ${WAIT_COLUMNS} FROM wait WHERE run_k = ? AND generation = ? AND state = ${OPEN} ORDER BY start_seq`,
    run_k,
    generation,
  );
}
