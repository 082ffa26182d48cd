/** The contract's signals and answers over PostgreSQL. */
import type {
  AnswerOutcome,
  AnswerSend,
  KeptSignal,
  OpenQuestion,
  QuestionQuery,
  RunId,
  SignalOutcome,
  SignalSend,
  SignalStore,
} from "@holdfast/core";
import { answerQuestion, listKeptSignals, listOpenQuestions, sendSignal } from "./sql/signals.js";
import { PostgresSchedules } from "./store-schedules.js";

export abstract class PostgresSignals extends PostgresSchedules implements SignalStore {
  sendSignal(signal: SignalSend): Promise<SignalOutcome> {
    return this.db.write("strict", signal.runId, (ctx) => sendSignal(ctx, signal));
  }

  listKeptSignals(runId: RunId): Promise<readonly KeptSignal[]> {
    return this.db.read((ctx) => listKeptSignals(ctx, runId));
  }

  answerQuestion(answer: AnswerSend): Promise<AnswerOutcome> {
    return this.db.write("strict", answer.runId, (ctx) => answerQuestion(ctx, answer));
  }

  listOpenQuestions(query: QuestionQuery): Promise<readonly OpenQuestion[]> {
    return this.db.read((ctx) => listOpenQuestions(ctx, query));
  }
}
