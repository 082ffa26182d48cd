/** The contract's signals and answers over SQLite. */
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
import { SqliteSchedules } from "./store-schedules.js";

export abstract class SqliteSignals extends SqliteSchedules implements SignalStore {
  sendSignal(signal: SignalSend): Promise<SignalOutcome> {
    return this.write("sendSignal", signal);
  }

  listKeptSignals(runId: RunId): Promise<readonly KeptSignal[]> {
    return this.read("listKeptSignals", runId);
  }

  answerQuestion(answer: AnswerSend): Promise<AnswerOutcome> {
    return this.write("answerQuestion", answer);
  }

  listOpenQuestions(query: QuestionQuery): Promise<readonly OpenQuestion[]> {
    return this.read("listOpenQuestions", query);
  }
}
