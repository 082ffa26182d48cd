/** Signals and answers of the shared package, in one transaction of a server. */
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
import { endResting, listOpenWaits } from "./settle-wait.js";
import { findEnds } from "./wait-ends.js";

const on = (ctx: SqlContext): shared.SignalSql => ({
  sql: ctx,
  settle: shared.runInOrder,
  readState: (runId) => readState(ctx, runId),
  listOpenWaits: (live) => listOpenWaits(ctx, live),
  endOpenWaits: (live) => endOpenWaits(ctx, live),
});

export const sendSignal = (ctx: SqlContext, signal: SignalSend): Promise<SignalOutcome> =>
  shared.runInOrder(shared.sendSignal(on(ctx), signal));

export const listKeptSignals = (ctx: SqlContext, runId: string): Promise<readonly KeptSignal[]> =>
  shared.runInOrder(shared.listKeptSignals(ctx, runId));

export const answerQuestion = (ctx: SqlContext, answer: AnswerSend): Promise<AnswerOutcome> =>
  shared.runInOrder(shared.answerQuestion(on(ctx), answer));

export const listOpenQuestions = (ctx: SqlContext, query: QuestionQuery): Promise<readonly OpenQuestion[]> =>
  shared.runInOrder(shared.listOpenQuestions(ctx, query));

async function endOpenWaits(ctx: SqlContext, live: shared.LiveRow): Promise<void> {
  const ended = await findEnds(ctx, await listOpenWaits(ctx, live));
  if (ended.length > 0) await endResting(ctx, [live], ended);
}
