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
  runInOrder,
  subjectOf,
  toWaitView,
  triedAgain,
  WAITING,
  type WaitResult,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HeldRun } from "../held-run.js";
import { getStageRecord } from "./attempts.js";
import { insertEvents } from "./events.js";
import { createChild, findChild, findFreed, isFamilyEnding } from "./family.js";
import { isRefusal, noteOutcome, noteProgress, passFence } from "./fence.js";
import { addEvent, RUNNING, setWaiting } from "./live.js";
import { requeue } from "./moves.js";
import {
  endResting,
  eventsOf,
  listOpenWaits,
  type Resting,
  settle,
  WAIT_COLUMNS,
  type WaitRow,
} from "./settle-wait.js";
import { findEnd, findEnds, leftOf } from "./wait-ends.js";
import { wakeRun } from "./wake-run.js";

export async function openWait(ctx: SqlContext, fence: Fence, asked: WaitOpen): Promise<WaitResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  const { stage } = asked;
  const wish = run.wish;
  // Recorded before: the answer of that call was lost.
  const before = await getStageRecord(ctx, fence.runId, stage);
  if (before !== null) return { kind: "settled", wish, record: before };
  const open = await findOpen(ctx, run, asked);
  if (asked.child !== undefined) {
    const why = await startChild(ctx, run, asked, open === undefined);
    if (why !== null) return { kind: "refused", wish, why };
  }
  const wait = open ?? (await insertWait(ctx, run, asked));
  const end = await findEnd(ctx, wait);
  if (end === null) return { kind: "open", wish, leftMs: leftOf(ctx, wait) };
  noteOutcome(run);
  if (end.outcome.status === "completed") run.stagesDone += 1;
  await settle(ctx, [{ wait, end }]);
  await insertEvents(ctx, eventsOf(ctx, { wait, end }, noteProgress(ctx, run, eventCountOf(end))));
  const record = await getStageRecord(ctx, fence.runId, stage);
  if (record === null) throw new Error(`Stage ${stage} has no record right after its wait ended.`);
  return { kind: "settled", wish, record };
}

/** The child of the wait is created, or tried again; why it cannot be. */
async function startChild(
  ctx: SqlContext,
  run: HeldRun,
  asked: WaitOpen,
  isNewWait: boolean,
): Promise<ChildRefusal | null> {
  const child = await findChild(ctx, run, asked.stage);
  if (child === undefined) return createChild(ctx, run, asked);
  if (asked.kind === "child" && isTriedAgain(child, isNewWait)) await requeue(ctx, triedAgain(child.run_id));
  return null;
}

/**
 * One of another kind is what the stage was before its code changed: it is given up. Of the same kind it waits for what the code
 * says now; its instant stays.
 */
async function findOpen(ctx: SqlContext, run: HeldRun, asked: WaitOpen): Promise<WaitRow | undefined> {
  const { stage, kind } = asked;
  const found = await ctx.get<WaitRow>(
    `SELECT ${WAIT_COLUMNS} FROM wait WHERE run_k = ? AND stage = ? AND generation = ? AND state = ${OPEN}`,
    run.runK,
    stage,
    run.generation,
  );
  if (found === undefined) return undefined;
  if (found.kind === kind) {
    const subject = subjectOf(asked);
    if (found.subject === subject && kind !== "ask") return found;
    await ctx.run(
      "UPDATE wait SET subject = ?, question = ? WHERE run_k = ? AND stage = ? AND attempt = ?",
      ...[subject, questionOf(asked), run.runK, stage, found.attempt],
    );
    return { ...found, subject };
  }
  await ctx.run(
    `UPDATE wait SET state = ${DROPPED}, closed_at = ? WHERE run_k = ? AND stage = ? AND attempt = ?`,
    ctx.wallMs,
    run.runK,
    stage,
    found.attempt,
  );
  return undefined;
}

async function insertWait(ctx: SqlContext, run: HeldRun, asked: WaitOpen): Promise<WaitRow> {
  const { runK, generation, holderK } = run;
  const { stage, kind, due } = asked;
  const subject = subjectOf(asked);
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
    `INSERT INTO wait (run_k, stage, attempt, generation, start_seq, holder_k, kind, opened_at, due_at, is_wall, subject, question, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${OPEN})`,
    ...[runK, stage, attempt, generation, seq, holderK, kind, ctx.wallMs, dueAt, due?.kind === "at" ? 1 : 0],
    subject,
    questionOf(asked),
  );
  const body = JSON.stringify({
    attempt,
    wait: toWaitView(kind, dueAt, { wait_subject: subject, wait_child_id: null }),
  });
  await insertEvents(ctx, [{ runK, seq, type: "stage.started", stage, body }]);
  return { run_k: runK, stage, attempt, generation, kind, opened_at: ctx.wallMs, due_at: dueAt, subject, answer: null };
}

/**
 * The lease of a run that only waits ends. What came true since its worker looked is seen here, in the transaction that
 * parks it; whatever comes true later finds a run that waits.
 */
export async function parkRun(ctx: SqlContext, live: LiveRow, reason: string | null): Promise<void> {
  const open = await listOpenWaits(ctx, live);
  const dueAts = open.flatMap(({ due_at }) => (due_at === null ? [] : [due_at]));
  const wakeAt = dueAts.length === 0 ? null : Math.min(...dueAts);
  await addEvent(ctx, live, "run.waiting", wakeAt === null ? { reason } : { reason, wakeAt });
  // Whatever its process died of before, it came through.
  live.deaths = 0;
  await setWaiting(ctx, live, { phase: WAITING, wakeAt, reason });
  const ended = await findEnds(ctx, open);
  if (ended.length > 0) {
    await endResting(ctx, [{ ...live, phase: WAITING }], ended);
    return;
  }
  const freed = open.some(({ kind }) => isChildWait(kind)) ? await findFreed(ctx, live) : null;
  // One without waits would wait for ever.
  if (freed !== null || open.length === 0) await wakeRun(ctx, live, freed);
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
    `SELECT w.run_k, w.stage, w.attempt, w.generation, w.kind, w.opened_at, w.due_at, w.subject, w.answer,
            (SELECT r.run_id FROM run r WHERE r.run_k = w.run_k) AS run_id FROM ${DUE} AND w.run_k = ANY(?::bigint[]) AND w.due_at <= ?
      ORDER BY w.run_k, w.start_seq`,
    lives.map(({ run_k }) => run_k),
    ctx.dueMs(),
  );
  if (waits.length === 0) return { settled: [], woken: [] };
  const ended = await findEnds(ctx, waits);
  const woken = new Set(await endResting(ctx, lives, ended));
  return {
    settled: waits.map(({ run_id: runId, stage }) => ({ runId, stage })),
    woken: [...new Set(waits.filter(({ run_k }) => woken.has(run_k)).map(({ run_id }) => run_id))],
  };
}

/** As an execution finds them at its begin. */
export async function listOpen(ctx: SqlContext, runId: string): Promise<OpenWaitRow[]> {
  const run = await ctx.get<{ run_k: number; generation: number }>(
    "SELECT run_k, generation FROM run_live WHERE run_k = (SELECT run_k FROM run WHERE run_id = ?)",
    runId,
  );
  if (run === undefined) return [];
  const waits = await listOpenWaits(ctx, run);
  const children = await runInOrder(listUnfinishedChildren(ctx, run));
  return waits.map((wait) => ({
    ...{ stage: wait.stage, kind: wait.kind, leftMs: leftOf(ctx, wait), childId: children.get(wait.stage) ?? null },
  }));
}

export async function getNextDueMs(ctx: SqlContext): Promise<number | null> {
  if (await isFamilyEnding(ctx)) return 0;
  const next = await ctx.get<{ due_at: number }>(`SELECT w.due_at FROM ${DUE} ORDER BY w.due_at LIMIT 1`);
  return next === undefined ? null : Math.max(0, next.due_at - ctx.wallMs);
}
