/**
 * Signals and answers in the Store contract (`store.ts`): what comes to a run from outside, and ends its waits. A run that a
 * worker executes ends its waits itself (`openWait`); of any other the wait ends in the transaction that brings the signal or the
 * answer, which also queues a run that waits.
 */
import type { AuditStamp } from "../audit.js";
import type { RunId } from "../ids.js";
import type { RunStatus } from "../run-status.js";
import type { WaitQuestion } from "../wait.js";

/** Signals that a run keeps until a wait takes them. */
export const SIGNALS_MAX = 1_000;

/** A signal for a run. */
export interface SignalSend {
  readonly runId: RunId;
  readonly name: string;
  /** JSON text. */
  readonly payloadJson: string;
  /** The same key is taken once in the life of the run; null: every signal is a new one. */
  readonly idempotencyKey: string | null;
  /** Hash of name and payload: another signal under the same key is refused. */
  readonly contentHash: string;
  readonly by: string;
  readonly audit?: AuditStamp | null | undefined;
}

/** Answer to `sendSignal`. Nothing is written but by "consumed" and "kept", the first time. */
export type SignalOutcome =
  /** A wait took it. */
  | { readonly kind: "consumed" }
  /** It waits for a wait of its name. */
  | { readonly kind: "kept" }
  /** The run has ended. */
  | { readonly kind: "ended"; readonly status: RunStatus }
  /** `SIGNALS_MAX` signals are kept for the run. */
  | { readonly kind: "full" }
  /** The key came with another signal before. */
  | { readonly kind: "keyReused" }
  | { readonly kind: "notFound" };

/** A signal that no wait has taken yet. */
export interface KeptSignal {
  readonly name: string;
  readonly payloadJson: string;
  /** Milliseconds UTC. */
  readonly sentAt: number;
  readonly by: string;
}

/** An answer to an open question of a run. */
export interface AnswerSend {
  readonly runId: RunId;
  /** Stage that asks. */
  readonly stage: string;
  /** Attempt of it that the caller saw; another one is another question. Left out: whichever is open. */
  readonly attempt?: number | undefined;
  /** JSON text. */
  readonly valueJson: string;
  readonly by: string;
  readonly note: string | null;
  readonly audit?: AuditStamp | null | undefined;
}

/** Answer to `answerQuestion`. Only "answered" has written something. */
export type AnswerOutcome =
  | { readonly kind: "answered" }
  /** Somebody answered it before. */
  | { readonly kind: "answeredBefore"; readonly by: string; readonly at: number }
  /** Nobody answered in time. */
  | { readonly kind: "timedOut"; readonly at: number }
  /** The run has ended. */
  | { readonly kind: "ended"; readonly status: RunStatus }
  /** The run asks no such question, or has begun anew since. */
  | { readonly kind: "notAsked" }
  | { readonly kind: "notFound" };

/** An open question, with the run that asks it. */
export interface OpenQuestion {
  readonly runId: RunId;
  readonly workflow: string;
  readonly owner: string | null;
  readonly stage: string;
  readonly attempt: number;
  /** Milliseconds UTC. */
  readonly askedAt: number;
  /** When nobody can answer any more; null: never. */
  readonly dueAt: number | null;
  readonly question: WaitQuestion;
}

/** Selects open questions, oldest first. */
export interface QuestionQuery {
  readonly runId?: RunId | undefined;
  readonly stage?: string | undefined;
  readonly owner?: string | undefined;
  readonly limit: number;
}

/** Signals and answers. */
export interface SignalStore {
  /** Strict. Ends the wait that it is for, or is kept. */
  sendSignal(signal: SignalSend): Promise<SignalOutcome>;
  /** Returns the signals kept for a run, oldest first. */
  listKeptSignals(runId: RunId): Promise<readonly KeptSignal[]>;
  /** Strict. Answers an open question, once. */
  answerQuestion(answer: AnswerSend): Promise<AnswerOutcome>;
  /** Returns the questions that nobody has answered yet. */
  listOpenQuestions(query: QuestionQuery): Promise<readonly OpenQuestion[]>;
}
