/** Signals and answers of the shared package, over one connection, which answers at once. */
import type {
  AnswerOutcome,
  AnswerSend,
  KeptSignal,
  OpenQuestion,
  QuestionQuery,
  SignalOutcome,
  SignalSend,
} from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { readState } from "./live.js";
import { listOpenWaits, settleResting, wakeRun } from "./settle-wait.js";
import { findEnd } from "./wait-ends.js";

const on = (ctx: SqlContext): shared.SignalSql => ({
  sql: ctx,
  settle: shared.runNow,
  readState: (runId) => readState(ctx, runId),
  listOpenWaits: (live) => listOpenWaits(ctx, live),
  endOpenWaits: (live) => endOpenWaits(ctx, live),
});

export const sendSignal = (ctx: SqlContext, signal: SignalSend): SignalOutcome =>
  shared.runNow(shared.sendSignal(on(ctx), signal));

export const listKeptSignals = (ctx: SqlContext, runId: string): readonly KeptSignal[] =>
  shared.runNow(shared.listKeptSignals(ctx, runId));

export const answerQuestion = (ctx: SqlContext, answer: AnswerSend): AnswerOutcome =>
  shared.runNow(shared.answerQuestion(on(ctx), answer));

export const listOpenQuestions = (ctx: SqlContext, query: QuestionQuery): readonly OpenQuestion[] =>
  shared.runNow(shared.listOpenQuestions(ctx, query));

function endOpenWaits(ctx: SqlContext, live: shared.LiveRow): void {
  let first: string | null = null;
  for (const wait of listOpenWaits(ctx, live)) {
    const end = findEnd(ctx, wait);
    if (end === null) continue;
    settleResting(ctx, live, wait, end);
    first ??= wait.stage;
  }
  if (first !== null && live.phase === shared.WAITING) wakeRun(ctx, live, first);
}
