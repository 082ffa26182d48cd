/**
 * Waits: opening them under the fence, and ending those whose condition is true, each in the transaction that sees it.
 *
 * A wait has a row from its first call on, and gets its row in `attempt_row` when it ends, under the number that its start
 * took. Nothing here looks at a run that a worker holds, but for that worker itself.
 */
import type { ChildRefusal, Fence, RunId, WaitOpen, WaitsWoken } from "@holdfast/core";
import {
  DROPPED,
  eventCountOf,
  isChildWait,
  isTriedAgain,
  type LiveRow,
  listUnfinishedChildren,
  OPEN,
  type OpenWaitRow,
  questionOf,
  runNow,
  subjectOf,
  toWaitView,
  triedAgain,
  WAITING,
  type WaitEnd,
  type WaitResult,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HotRun } from "../hot.js";
import { getStageRecord } from "./attempts.js";
import { insertEvent } from "./events.js";
import { createChild, findChild, findFreed, isFamilyEnding, sweepFamilies } from "./family.js";
import { isRefusal, noteOutcome, noteProgress, passFence } from "./fence.js";
import { addEvent, RUNNING, readLive, setWaiting } from "./live.js";
import { requeue } from "./moves.js";
import { listOpenWaits, settle, settleResting, WAIT_COLUMNS, type WaitRow, wakeRun } from "./settle-wait.js";
import { findEnd, leftOf } from "./wait-ends.js";

export function openWait(ctx: SqlContext, fence: Fence, asked: WaitOpen): WaitResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { stage } = asked;
  const wish = run.wish;
  // Recorded before: the answer of that call was lost.
  const before = getStageRecord(ctx, fence.runId, stage);
  if (before !== null) return { kind: "settled", wish, record: before };
  const open = findOpen(ctx, run, asked);
  if (asked.child !== undefined) {
    const why = startChild(ctx, run, asked, open === undefined);
    if (why !== null) return { kind: "refused", wish, why };
  }
  const wait = open ?? insertWait(ctx, run, asked);
  const end = findEnd(ctx, wait);
  if (end === null) return { kind: "open", wish, leftMs: leftOf(ctx, wait) };
  noteOutcome(run);
  if (end.outcome.status === "completed") run.stagesDone += 1;
  settle(ctx, wait, end, noteProgress(ctx, run, eventCountOf(end)));
  const record = getStageRecord(ctx, fence.runId, stage);
  if (record === null) throw new Error(`Stage ${stage} has no record right after its wait ended.`);
  return { kind: "settled", wish, record };
}

/** The child of the wait is created, or tried again; why it cannot be. */
function startChild(ctx: SqlContext, run: HotRun, asked: WaitOpen, isNewWait: boolean): ChildRefusal | null {
  const child = findChild(ctx, run, asked.stage);
  if (child === undefined) return createChild(ctx, run, asked);
  if (asked.kind === "child" && isTriedAgain(child, isNewWait)) requeue(ctx, triedAgain(child.run_id));
  return null;
}

/**
 * One of another kind is what the stage was before its code changed: it is given up. Of the same kind it waits for what the code
 * says now; its instant stays.
 */
function findOpen(ctx: SqlContext, run: HotRun, asked: WaitOpen): WaitRow | undefined {
  const { stage, kind } = asked;
  const found = ctx.get<WaitRow>(
    `SELECT ${WAIT_COLUMNS} FROM wait WHERE run_k = ? AND stage = ? AND generation = ? AND state = ${OPEN}`,
    run.runK,
    stage,
    run.generation,
  );
  if (found === undefined) return undefined;
  if (found.kind === kind) {
    const subject = subjectOf(asked);
    if (found.subject === subject && kind !== "ask") return found;
    ctx.run(
      "UPDATE wait SET subject = ?, question = ? WHERE run_k = ? AND stage = ? AND attempt = ?",
      ...[subject, questionOf(asked), run.runK, stage, found.attempt],
    );
    return { ...found, subject };
  }
  ctx.run(
    `UPDATE wait SET state = ${DROPPED}, closed_at = ? WHERE run_k = ? AND stage = ? AND attempt = ?`,
    ctx.wallMs,
    run.runK,
    stage,
    found.attempt,
  );
  return undefined;
}

function insertWait(ctx: SqlContext, run: HotRun, asked: WaitOpen): WaitRow {
  const { runK, generation, holderK } = run;
  const { stage, kind, due } = asked;
  const subject = subjectOf(asked);
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
    `INSERT INTO wait (run_k, stage, attempt, generation, start_seq, holder_k, kind, opened_at, due_at, is_wall, subject, question, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${OPEN})`,
    ...[runK, stage, attempt, generation, seq, holderK, kind, ctx.wallMs, dueAt, isWall],
    subject,
    questionOf(asked),
  );
  insertEvent(
    ctx,
    runK,
    seq,
    "stage.started",
    stage,
    JSON.stringify({ attempt, wait: toWaitView(kind, dueAt, { wait_subject: subject, wait_child_id: null }) }),
  );
  return {
    run_k: runK,
    stage,
    attempt,
    generation,
    kind,
    opened_at: ctx.wallMs,
    due_at: dueAt,
    is_wall: isWall,
    subject,
    answer: null,
  };
}

/**
 * The lease of a run that only waits ends. What came true since its worker looked is seen here, in the transaction that
 * parks it; whatever comes true later finds a run that waits.
 */
export function parkRun(ctx: SqlContext, live: LiveRow, reason: string | null): void {
  const open = listOpenWaits(ctx, live);
  const dueAts = open.flatMap(({ due_at }) => (due_at === null ? [] : [due_at]));
  const wakeAt = dueAts.length === 0 ? null : Math.min(...dueAts);
  addEvent(ctx, live, "run.waiting", wakeAt === null ? { reason } : { reason, wakeAt });
  // Whatever its process died of before, it came through.
  live.deaths = 0;
  setWaiting(ctx, live, { phase: WAITING, wakeAt, reason });
  let first: string | null = null;
  for (const wait of open) {
    const end = findEnd(ctx, wait);
    if (end === null) continue;
    settleResting(ctx, live, wait, end);
    first ??= wait.stage;
  }
  // One without waits would wait for ever.
  first ??= open.some(({ kind }) => isChildWait(kind)) ? findFreed(ctx, live) : null;
  if (first !== null || open.length === 0) wakeRun(ctx, live, first);
}

// Each of the two clocks has its range of the index. Runs at work end their waits themselves.
const DUE = `wait w CROSS JOIN run_live l ON l.run_k = w.run_k AND l.generation = w.generation AND l.phase <> ${RUNNING}
  WHERE w.state = ${OPEN} AND w.due_at IS NOT NULL`;

export function wakeWaits(ctx: SqlContext, limit: number): WaitsWoken {
  const clocks = [ctx.steadyMs(), ctx.wallMs];
  const due = clocks
    .flatMap((nowMs, isWall) =>
      ctx.all<WaitRow & { run_id: RunId }>(
        `SELECT w.run_k, w.stage, w.attempt, w.generation, w.kind, w.opened_at, w.due_at, w.is_wall, w.subject, w.answer,
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
    settleResting(ctx, live, wait, findEnd(ctx, wait) as WaitEnd);
    if (live.phase === WAITING && !woken.has(wait.run_k)) woken.set(wait.run_k, wait);
  }
  for (const [runK, { stage }] of woken) wakeRun(ctx, lives.get(runK) as LiveRow, stage);
  const orphaned = sweepFamilies(ctx, limit);
  return {
    settled: due.map(({ run_id: runId, stage }) => ({ runId, stage })),
    woken: [...woken.values()].map(({ run_id }) => run_id),
    ...(orphaned.length === 0 ? {} : { orphaned }),
  };
}

/** As an execution finds them at its begin. */
export function listOpen(ctx: SqlContext, runId: string): OpenWaitRow[] {
  const run = ctx.get<{ run_k: number; generation: number }>(
    "SELECT run_k, generation FROM run_live WHERE run_k = (SELECT run_k FROM run WHERE run_id = ?)",
    runId,
  );
  if (run === undefined) return [];
  const children = runNow(listUnfinishedChildren(ctx, run));
  return listOpenWaits(ctx, run).map((wait) => ({
    ...{ stage: wait.stage, kind: wait.kind, leftMs: leftOf(ctx, wait), childId: children.get(wait.stage) ?? null },
  }));
}

export function getNextDueMs(ctx: SqlContext): number | null {
  if (isFamilyEnding(ctx)) return 0;
  const left = [ctx.readSteadyMs(), ctx.wallMs].flatMap((nowMs, isWall) => {
    const next = ctx.get<{ due_at: number }>(
      `SELECT w.due_at FROM ${DUE} AND w.is_wall = ? ORDER BY w.due_at LIMIT 1`,
      isWall,
    );
    return next === undefined ? [] : [Math.max(0, next.due_at - nowMs)];
  });
  return left.length === 0 ? null : Math.min(...left);
}
