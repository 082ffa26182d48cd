/** Signals and answers, as callers use them. Types only. */
import type { WaitQuestion } from "@holdfast/core";

/** Options of `sendSignal`. */
export interface SignalOptions {
  /** The same key is taken once in the life of the run: for senders that repeat what got no answer. Default: each call is a new signal. */
  readonly idempotencyKey?: string | undefined;
}

/** Options of `answer`. */
export interface AnswerOptions {
  /** Why, for the audit log and the run's history. Default: no note. */
  readonly note?: string | undefined;
  /** Attempt of the question that the caller saw; another one is refused. Default: whichever is open. */
  readonly attempt?: number | undefined;
}

/** Which open questions are listed, oldest first. */
export interface QuestionListQuery {
  /** Questions of one owner's runs. Default: of all. */
  readonly owner?: string | undefined;
  /** Questions of one run. Default: of all. */
  readonly runId?: string | undefined;
  /** Questions of this name. Default: of all. */
  readonly name?: string | undefined;
  /** At most so many, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
}

/** An open question, with all that a form needs. */
export interface QuestionView extends WaitQuestion {
  /** Run that asks. */
  readonly runId: string;
  /** Workflow of the run. */
  readonly workflow: string;
  /** Owner of the run; null where it has none. */
  readonly owner: string | null;
  /** Name of the question: the stage that asks. */
  readonly name: string;
  /** Attempt of that stage: a question that is asked again is another one. */
  readonly attempt: number;
  /** Since when it is open, in milliseconds UTC. */
  readonly askedAt: number;
  /** Until when it can be answered; null: until it is. */
  readonly dueAt: number | null;
}

/** What comes to a run from outside. */
export interface Outside {
  /**
   * Sends a signal to a run: "consumed" when a wait took it at once, "kept" for the next wait of its name.
   * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {UnknownSignalError} UNKNOWN_SIGNAL — the workflow does not declare it.
   * @throws {BadInputError} BAD_INPUT — the payload does not fit. @throws {PayloadTooLargeError} PAYLOAD_TOO_LARGE
   * @throws {RunEndedError} RUN_ENDED @throws {SignalsFullError} SIGNALS_FULL — 1,000 are kept.
   * @throws {IdempotencyKeyReusedError} IDEMPOTENCY_KEY_REUSED — the key came with another signal.
   */
  sendSignal(runId: string, name: string, payload: unknown, options?: SignalOptions): Promise<"consumed" | "kept">;
  /**
   * Answers an open question of a run, once, in the name of this Holdfast's actor.
   * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {QuestionNotFoundError} QUESTION_NOT_FOUND
   * @throws {QuestionClosedError} QUESTION_CLOSED — answered before, or nobody answered in time.
   * @throws {BadInputError} BAD_INPUT — the answer does not fit. @throws {RunEndedError} RUN_ENDED
   */
  answer(runId: string, question: string, value: unknown, options?: AnswerOptions): Promise<void>;
  /** Lists the questions that are open now, oldest first. */
  asks(query?: QuestionListQuery): Promise<readonly QuestionView[]>;
}
