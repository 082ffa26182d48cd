/**
 * Waits: opening them under the fence, and ending those whose condition is true, each in the transaction that sees it.
 *
 * A wait has a row from its first call on, and gets its row in `attempt_row` when it ends, under the number that its start
 * took. Its run's phase decides what the end does besides: a run that waits is queued, of any other only the outcome is
 * recorded. Whoever ends one has locked the run's live row before it reads the wait, so no two see one condition come true.
 */
import type { Fence, RunId, WaitKind, WaitOpen, WaitsWoken } from "@holdfast/core";
import { DROPPED, type LiveRow, OPEN, QUEUED, SETTLED, WAITING, type WaitResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HeldRun } from "../held-run.js";
import { getStageRecord } from "./attempts.js";
import { insertEvents, type NewEvent } from "./events.js";
import { isRefusal, noteOutcome, noteProgress, passFence } from "./fence.js";
import { addEvent, RUNNING, setWaiting } from "./live.js";

interface WaitRow {
  run_k: number;
  stage: string;
  attempt: number;
  kind: WaitKind;
  opened_at: number;
  due_at: number | null;
}

const COLUMNS = "run_k, stage, attempt, kind, opened_at, due_at";

export async function openWait(ctx: SqlContext, fence: Fence, asked: WaitOpen): Promise<WaitResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { stage } = asked;
  const wish = run.wish;
  // Recorded before: the answer of that call was lost.
  const before = await getStageRecord(ctx, fence.runId, stage);
  if (before !== null) return { kind: "settled", wish, record: before };
  const wait = (await findOpen(ctx, run, asked)) ?? (await insertWait(ctx, run, asked));
  const leftMs = leftOf(ctx, wait);
  if (leftMs === null || leftMs > 0) return { kind: "open", wish, leftMs };
  noteOutcome(run);
  run.stagesDone += 1;
  await settle(ctx, [wait]);
  await insertEvents(ctx, [completed(ctx, wait, noteProgress(ctx, run, 1))]);
  const record = await getStageRecord(ctx, fence.runId, stage);
  if (record === null) throw new Error(`Stage ${stage} has no record right after its wait ended.`);
  return { kind: "settled", wish, record };
}

/** One of another kind is what the stage was before its code changed: it is given up. */
async function findOpen(ctx: SqlContext, run: HeldRun, { stage, kind }: WaitOpen): Promise<WaitRow | undefined> {
  const found = await ctx.get<WaitRow>(
    `SELECT ${COLUMNS} FROM wait WHERE run_k = ? AND stage = ? AND generation = ? AND state = ${OPEN}`,
    run.runK,
    stage,
    run.generation,
  );
  if (found === undefined || found.kind === kind) return found;
  await ctx.run(
    `UPDATE wait SET state = ${DROPPED}, closed_at = ? WHERE run_k = ? AND stage = ? AND attempt = ?`,
    ctx.wallMs,
    run.runK,
    stage,
    found.attempt,
  );
  return undefined;
}

async function insertWait(ctx: SqlContext, run: HeldRun, { stage, kind, due }: WaitOpen): Promise<WaitRow> {
  const { runK, generation, holderK } = run;
  const { attempt } = (await ctx.get<{ attempt: number }>(
    `SELECT 1 + greatest((SELECT max(attempt) FROM attempt_row WHERE run_k = ?1 AND stage = ?2),
                         (SELECT max(attempt) FROM wait WHERE run_k = ?1 AND stage = ?2), 0) AS attempt`,
    runK,
    stage,
  )) as { attempt: number };
  const dueAt = due === null ? null : Math.ceil(due.kind === "at" ? due.atMs : ctx.wallMs + due.ms);
  run.label = stage;
  const seq = noteProgress(ctx, run, 1);
  await ctx.run(
    `INSERT INTO wait (run_k, stage, attempt, generation, start_seq, holder_k, kind, opened_at, due_at, is_wall, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${OPEN})`,
    ...[runK, stage, attempt, generation, seq, holderK, kind, ctx.wallMs, dueAt, due?.kind === "at" ? 1 : 0],
  );
  const body = JSON.stringify({ attempt, wait: { kind, dueAt } });
  await insertEvents(ctx, [{ runK, seq, type: "stage.started", stage, body }]);
  return { run_k: runK, stage, attempt, kind, opened_at: ctx.wallMs, due_at: dueAt };
}

function leftOf(ctx: SqlContext, { due_at }: WaitRow): number | null {
  return due_at === null ? null : Math.max(0, due_at - ctx.wallMs);
}

/** Their outcomes; the caller holds their runs and writes the events. */
async function settle(ctx: SqlContext, waits: readonly WaitRow[]): Promise<void> {
  const keys = [waits.map((wait) => wait.run_k), waits.map((wait) => wait.stage), waits.map((wait) => wait.attempt)];
  await ctx.run(
    `WITH settled AS (
       UPDATE wait w SET state = ${SETTLED}, closed_at = ?4
         FROM unnest(?1::bigint[], ?2::text[], ?3::bigint[]) AS e(run_k, stage, attempt)
        WHERE w.run_k = e.run_k AND w.stage = e.stage AND w.attempt = e.attempt AND w.state = ${OPEN} RETURNING w.*)
     INSERT INTO attempt_row (run_k, stage, attempt, generation, start_seq, status, is_record, holder_k, started_at, finished_at)
     SELECT run_k, stage, attempt, generation, start_seq, 'completed', 1, holder_k, opened_at, ?4 FROM settled`,
    ...keys,
    ctx.wallMs,
  );
}

function completed(ctx: SqlContext, { run_k, stage, attempt, opened_at }: WaitRow, seq: number): NewEvent {
  const ms = Math.max(0, ctx.wallMs - opened_at);
  return { runK: run_k, seq, type: "stage.completed", stage, body: JSON.stringify({ attempt, ms }) };
}

/**
 * The lease of a run that only waits ends. What came true since its worker looked is seen here, in the transaction that
 * parks it; whatever comes true later finds a run that waits.
 */
export async function parkRun(ctx: SqlContext, live: LiveRow, reason: string | null): Promise<void> {
  const open = await ctx.all<WaitRow>(
    `SELECT ${COLUMNS} FROM wait WHERE run_k = ? AND generation = ? AND state = ${OPEN} ORDER BY start_seq`,
    live.run_k,
    live.generation,
  );
  const dueAts = open.flatMap(({ due_at }) => (due_at === null ? [] : [due_at]));
  const wakeAt = dueAts.length === 0 ? null : Math.min(...dueAts);
  await addEvent(ctx, live, "run.waiting", wakeAt === null ? { reason } : { reason, wakeAt });
  // Whatever its process died of before, it came through.
  live.deaths = 0;
  await setWaiting(ctx, live, { phase: WAITING, wakeAt, reason });
  const ended = open.filter((wait) => leftOf(ctx, wait) === 0);
  if (ended.length > 0) await endResting(ctx, [{ ...live, phase: WAITING }], ended);
  // One without waits would wait for ever.
  else if (open.length === 0) await setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs(), reason: null });
}

type Resting = Pick<LiveRow, "run_k" | "phase" | "next_seq">;

/** Ends waits of runs that nobody holds and the caller has locked, and queues those runs that wait: which. */
async function endResting(ctx: SqlContext, lives: readonly Resting[], waits: readonly WaitRow[]): Promise<number[]> {
  await settle(ctx, waits);
  const events: NewEvent[] = [];
  const changed: { readonly runK: number; readonly seq: number; readonly done: number; readonly isWoken: boolean }[] =
    [];
  for (const { run_k, phase, next_seq } of lives) {
    const own = waits.filter((wait) => wait.run_k === run_k);
    const [first] = own;
    if (first === undefined) continue;
    let seq = next_seq;
    for (const wait of own) events.push(completed(ctx, wait, seq++));
    const isWoken = phase === WAITING;
    if (isWoken) events.push({ runK: run_k, seq: seq++, type: "run.woken", stage: first.stage, body: "{}" });
    changed.push({ runK: run_k, seq, done: own.length, isWoken });
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

// Runs at work end their waits themselves.
const DUE = `wait w JOIN run_live l ON l.run_k = w.run_k AND l.generation = w.generation AND l.phase <> ${RUNNING}
  WHERE w.state = ${OPEN} AND w.due_at IS NOT NULL`;

export async function wakeWaits(ctx: SqlContext, limit: number): Promise<WaitsWoken> {
  const found = await ctx.all<{ run_k: number }>(
    `SELECT w.run_k FROM ${DUE} AND w.due_at <= ? ORDER BY w.due_at LIMIT ?`,
    ctx.dueMs(),
    limit,
  );
  if (found.length === 0) return { settled: [], woken: [] };
  // What another worker has locked is its; what is read after the lock is true until the commit.
  const lives = await ctx.all<Resting>(
    `SELECT run_k, phase, next_seq FROM run_live WHERE run_k = ANY(?::bigint[]) AND phase <> ${RUNNING}
      ORDER BY run_k FOR UPDATE SKIP LOCKED`,
    [...new Set(found.map(({ run_k }) => run_k))],
  );
  const waits = await ctx.all<WaitRow & { run_id: RunId }>(
    `SELECT w.run_k, w.stage, w.attempt, w.kind, w.opened_at, w.due_at,
            (SELECT r.run_id FROM run r WHERE r.run_k = w.run_k) AS run_id FROM ${DUE} AND w.run_k = ANY(?::bigint[]) AND w.due_at <= ?
      ORDER BY w.run_k, w.start_seq`,
    lives.map(({ run_k }) => run_k),
    ctx.dueMs(),
  );
  if (waits.length === 0) return { settled: [], woken: [] };
  const woken = new Set(await endResting(ctx, lives, waits));
  return {
    settled: waits.map(({ run_id: runId, stage }) => ({ runId, stage })),
    woken: [...new Set(waits.filter(({ run_k }) => woken.has(run_k)).map(({ run_id }) => run_id))],
  };
}

export async function getNextDueMs(ctx: SqlContext): Promise<number | null> {
  const next = await ctx.get<{ due_at: number }>(`SELECT w.due_at FROM ${DUE} ORDER BY w.due_at LIMIT 1`);
  return next === undefined ? null : Math.max(0, next.due_at - ctx.wallMs);
}
