/** Errors about signals and questions: what comes to a run from outside. */
import type { RunStatus } from "../run-status.js";
import { define, list } from "./define.js";

/** PAYLOAD_TOO_LARGE: the payload of a signal, or an answer, is longer than a run keeps. Nothing was written. */
export class PayloadTooLargeError extends define(
  "PAYLOAD_TOO_LARGE",
  (d: { subject: string; sizeBytes: number; limitBytes: number }) =>
    `${d.subject} has ${d.sizeBytes} bytes; at most ${d.limitBytes} are accepted.`,
) {}

/** QUESTION_CLOSED: somebody answered the question before, or nobody did in time. The first answer counts. */
export class QuestionClosedError extends define(
  "QUESTION_CLOSED",
  /** `by` is null where nobody answered in time. */
  (d: { runId: string; question: string; by: string | null; at: number }) =>
    `Question ${d.question} of run ${d.runId} ` +
    (d.by === null
      ? `was open until ${new Date(d.at).toISOString()}, and nobody answered it in time.`
      : `was answered by ${d.by} at ${new Date(d.at).toISOString()}.`),
) {}

/** QUESTION_NOT_FOUND: the run asks no such question now. */
export class QuestionNotFoundError extends define(
  "QUESTION_NOT_FOUND",
  (d: { runId: string; question: string; open: readonly string[] }) =>
    `Run ${d.runId} asks no question "${d.question.slice(0, 160)}"; its open questions are: ${list(d.open)}.`,
) {}

/** RUN_ENDED: a run that has ended takes no signals and no answers. */
export class RunEndedError extends define(
  "RUN_ENDED",
  (d: { runId: string; status: RunStatus }) => `Run ${d.runId} is ${d.status}: it takes no signals and no answers.`,
) {}

/** SIGNALS_FULL: the run keeps as many signals as it may, and waits for none of this name. */
export class SignalsFullError extends define(
  "SIGNALS_FULL",
  (d: { runId: string; limit: number }) =>
    `Run ${d.runId} keeps ${d.limit} signals that no wait has taken yet; no more are accepted.`,
) {}

/** UNKNOWN_SIGNAL: the run's workflow declares no signal of this name. */
export class UnknownSignalError extends define(
  "UNKNOWN_SIGNAL",
  (d: { workflow: string; signal: string; known: readonly string[] }) =>
    `Workflow ${d.workflow} has no signal "${d.signal.slice(0, 160)}"; its signals are: ${list(d.known)}.`,
) {}
