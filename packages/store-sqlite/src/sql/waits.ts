/**
 * Waits: opening them under the fence, and ending those whose condition is true, each in the transaction that sees it.
 *
 * A wait has a row from its first call on, and gets its row in `attempt_row` when it ends, under the number that its start
 * took. Its run's phase decides what the end does besides: a run that waits is queued, of any other only the outcome is
 * recorded. Nothing here looks at a run that a worker holds, but for that worker itself.
 */
import type { Fence, RunId, WaitKind, WaitOpen, WaitsWoken } from "@holdfast/core";
import { DROPPED, type LiveRow, OPEN, QUEUED, SETTLED, WAITING, type WaitResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HotRun } from "../hot.js";
import { getStageRecord } from "./attempts.js";
import { insertEvent } from "./events.js";
import { isRefusal, noteOutcome, noteProgress, passFence } from "./fence.js";
import { addEvent, RUNNING, readLive, setWaiting } from "./live.js";

interface WaitRow {
  run_k: number;
  stage: string;
  attempt: number;
  generation: number;
  kind: WaitKind;
  opened_at: number;
  due_at: number | null;
  /** 1: `due_at` is compared with the wall clock. 0: with the clock that no jump moves (`steadyMs`). */
  is_wall: number;
}

const COLUMNS = "run_k, stage, attempt, generation, kind, opened_at, due_at, is_wall";

export function openWait(ctx: SqlContext, fence: Fence, asked: WaitOpen): WaitResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { stage } = asked;
  const wish = run.wish;
  // Recorded before: the answer of that call was lost.
  const before = getStageRecord(ctx, fence.runId, stage);
  if (before !== null) return { kind: "settled", wish, record: before };
  const wait = findOpen(ctx, run, asked) ?? insertWait(ctx, run, asked);
  const leftMs = leftOf(ctx, wait);
  if (leftMs === null || leftMs > 0) return { kind: "open", wish, leftMs };
  noteOutcome(run);
  run.stagesDone += 1;
  settle(ctx, wait, noteProgress(ctx, run, 1));
  const record = getStageRecord(ctx, fence.runId, stage);
  if (record === null) throw new Error(`Stage ${stage} has no record right after its wait ended.`);
  return { kind: "settled", wish, record };
}

/** One of another kind is what the stage was before its code changed: it is given up. */
function findOpen(ctx: SqlContext, run: HotRun, { stage, kind }: WaitOpen): WaitRow | undefined {
  const found = ctx.get<WaitRow>(
    `SELECT ${COLUMNS} FROM wait WHERE run_k = ? AND stage = ? AND generation = ? AND state = ${OPEN}`,
    run.runK,
    stage,
    run.generation,
  );
  if (found === undefined || found.kind === kind) return found;
  ctx.run(
    `UPDATE wait SET state = ${DROPPED}, closed_at = ? WHERE run_k = ? AND stage = ? AND attempt = ?`,
    ctx.wallMs,
    run.runK,
    stage,
    found.attempt,
  );
  return undefined;
}

function insertWait(ctx: SqlContext, run: HotRun, { stage, kind, due }: WaitOpen): WaitRow {
  const { runK, generation, holderK } = run;
  const { attempt } = ctx.get<{ attempt: number }>(
    `SELECT 1 + max(coalesce((SELECT max(attempt) FROM attempt WHERE run_k = ?1 AND stage = ?2), 0),
                    coalesce((SELECT max(attempt) FROM wait WHERE run_k = ?1 AND stage = ?2), 0)) AS attempt`,
    runK,
    stage,
  ) as { attempt: number };
  const isWall = due?.kind === "at" ? 1 : 0;
  const dueAt = due === null ? null : Math.ceil(due.kind === "at" ? due.atMs : ctx.steadyMs() + due.ms);
  run.label = stage;
  const seq = noteProgress(ctx, run, 1);
  ctx.run(
    `INSERT INTO wait (run_k, stage, attempt, generation, start_seq, holder_k, kind, opened_at, due_at, is_wall, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${OPEN})`,
    ...[runK, stage, attempt, generation, seq, holderK, kind, ctx.wallMs, dueAt, isWall],
  );
  insertEvent(ctx, runK, seq, "stage.started", stage, JSON.stringify({ attempt, wait: { kind, dueAt } }));
  return { run_k: runK, stage, attempt, generation, kind, opened_at: ctx.wallMs, due_at: dueAt, is_wall: isWall };
}

function leftOf(ctx: SqlContext, { due_at, is_wall }: WaitRow): number | null {
  return due_at === null ? null : Math.max(0, due_at - (is_wall === 1 ? ctx.wallMs : ctx.steadyMs()));
}

/** Its outcome, under an event number that the caller took. Once: asked under the write lock. */
function settle(ctx: SqlContext, { run_k, stage, attempt, opened_at }: WaitRow, seq: number): void {
  ctx.run(
    `INSERT INTO attempt_row (run_k, stage, attempt, generation, start_seq, status, is_record, holder_k, started_at, finished_at)
     SELECT run_k, stage, attempt, generation, start_seq, 'completed', 1, holder_k, opened_at, ?
       FROM wait WHERE run_k = ? AND stage = ? AND attempt = ? AND state = ${OPEN}`,
    ...[ctx.wallMs, run_k, stage, attempt],
  );
  ctx.run(
    `UPDATE wait SET state = ${SETTLED}, closed_at = ? WHERE run_k = ? AND stage = ? AND attempt = ?`,
    ...[ctx.wallMs, run_k, stage, attempt],
  );
  const ms = Math.max(0, ctx.wallMs - opened_at);
  insertEvent(ctx, run_k, seq, "stage.completed", stage, `{"attempt":${attempt},"ms":${ms}}`);
}

/** The same for a run that nobody holds; `live` has the next event number. */
function settleResting(ctx: SqlContext, live: LiveRow, wait: WaitRow): void {
  settle(ctx, wait, live.next_seq);
  live.next_seq += 1;
  live.deaths = 0;
  live.has_progressed = 1;
  ctx.run(
    `UPDATE run_live SET next_seq = ?, deaths = 0, has_record = 1, has_progressed = 1, stages_done = stages_done + 1, updated_at = ?
      WHERE run_k = ?`,
    live.next_seq,
    ctx.wallMs,
    live.run_k,
  );
}

/**
 * The lease of a run that only waits ends. What came true since its worker looked is seen here, in the transaction that
 * parks it; whatever comes true later finds a run that waits.
 */
export function parkRun(ctx: SqlContext, live: LiveRow, reason: string | null): void {
  const open = ctx.all<WaitRow>(
    `SELECT ${COLUMNS} FROM wait WHERE run_k = ? AND generation = ? AND state = ${OPEN} ORDER BY start_seq`,
    live.run_k,
    live.generation,
  );
  const dueAts = open.flatMap(({ due_at }) => (due_at === null ? [] : [due_at]));
  const wakeAt = dueAts.length === 0 ? null : Math.min(...dueAts);
  addEvent(ctx, live, "run.waiting", wakeAt === null ? { reason } : { reason, wakeAt });
  // Whatever its process died of before, it came through.
  live.deaths = 0;
  setWaiting(ctx, live, { phase: WAITING, wakeAt, reason });
  const ended = open.filter((wait) => leftOf(ctx, wait) === 0);
  for (const wait of ended) settleResting(ctx, live, wait);
  const first = ended[0];
  // One without waits would wait for ever.
  if (first !== undefined || open.length === 0) wake(ctx, live, first?.stage ?? null);
}

function wake(ctx: SqlContext, live: LiveRow, stage: string | null): void {
  if (stage !== null) {
    insertEvent(ctx, live.run_k, live.next_seq, "run.woken", stage, "{}");
    live.next_seq += 1;
  }
  setWaiting(ctx, live, { phase: QUEUED, wakeAt: ctx.dueMs(), reason: null });
}

// Each of the two clocks has its range of the index. Runs at work end their waits themselves.
const DUE = `wait w CROSS JOIN run_live l ON l.run_k = w.run_k AND l.generation = w.generation AND l.phase <> ${RUNNING}
  WHERE w.state = ${OPEN} AND w.due_at IS NOT NULL`;

export function wakeWaits(ctx: SqlContext, limit: number): WaitsWoken {
  const clocks = [ctx.steadyMs(), ctx.wallMs];
  const due = clocks
    .flatMap((nowMs, isWall) =>
      ctx.all<WaitRow & { run_id: RunId }>(
        `SELECT w.run_k, w.stage, w.attempt, w.generation, w.kind, w.opened_at, w.due_at, w.is_wall,
                (SELECT r.run_id FROM run r WHERE r.run_k = w.run_k) AS run_id FROM ${DUE}
            AND w.is_wall = ? AND w.due_at <= ? ORDER BY w.due_at LIMIT ?`,
        isWall,
        nowMs,
        limit,
      ),
    )
    .sort((a, b) => (a.due_at ?? 0) - (b.due_at ?? 0))
    .slice(0, limit);
  const lives = new Map<number, LiveRow>();
  const woken = new Map<number, WaitRow & { run_id: RunId }>();
  for (const wait of due) {
    const live = lives.get(wait.run_k) ?? (readLive(ctx, wait.run_k) as LiveRow);
    lives.set(wait.run_k, live);
    settleResting(ctx, live, wait);
    if (live.phase === WAITING && !woken.has(wait.run_k)) woken.set(wait.run_k, wait);
  }
  for (const [runK, { stage }] of woken) wake(ctx, lives.get(runK) as LiveRow, stage);
  return {
    settled: due.map(({ run_id: runId, stage }) => ({ runId, stage })),
    woken: [...woken.values()].map(({ run_id }) => run_id),
  };
}

export function getNextDueMs(ctx: SqlContext): number | null {
  const left = [ctx.readSteadyMs(), ctx.wallMs].flatMap((nowMs, isWall) => {
    const next = ctx.get<{ due_at: number }>(
      `SELECT w.due_at FROM ${DUE} AND w.is_wall = ? ORDER BY w.due_at LIMIT 1`,
      isWall,
    );
    return next === undefined ? [] : [Math.max(0, next.due_at - nowMs)];
  });
  return left.length === 0 ? null : Math.min(...left);
}
