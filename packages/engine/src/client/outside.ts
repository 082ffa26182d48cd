/** What comes to a run from outside: signals and answers, checked here and written once. */
import {
  BadInputError,
  encodeJson,
  findMisfits,
  IdempotencyKeyReusedError,
  type OpenQuestion,
  PayloadTooLargeError,
  QuestionClosedError,
  QuestionNotFoundError,
  RunEndedError,
  type RunId,
  RunNotFoundError,
  SIGNALS_MAX,
  SignalsFullError,
  UnknownSignalError,
  WrongUseError,
} from "@holdfast/core";
import { hashJson } from "../base/hash.js";
import { validate } from "../base/schema.js";
import { stampOf } from "../manage/stamp.js";
import { type Engine, requireRun, requireWorkflow } from "../opened/engine.js";
import type { AnswerOptions, QuestionListQuery, QuestionView, SignalOptions } from "./outside-facade.js";

/** A payload is part of the run's record, which is read as a whole: 256 KiB. */
const PAYLOAD_BYTES_MAX = 262_144;
const KEY_LENGTH_MAX = 255;
const NOTE_LENGTH_MAX = 2_000;
const LIST_COUNT = 100;

/**
 * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW @throws {UnknownSignalError} UNKNOWN_SIGNAL
 * @throws {BadInputError} BAD_INPUT @throws {PayloadTooLargeError} PAYLOAD_TOO_LARGE @throws {RunEndedError} RUN_ENDED
 * @throws {SignalsFullError} SIGNALS_FULL @throws {IdempotencyKeyReusedError} IDEMPOTENCY_KEY_REUSED
 */
export async function sendSignal(
  opened: Engine,
  runId: RunId,
  name: string,
  payload: unknown,
  { idempotencyKey }: SignalOptions,
): Promise<"consumed" | "kept"> {
  const { store, hints } = opened.deps;
  const run = await requireRun(opened, runId);
  const workflow = requireWorkflow(opened, run.workflow);
  const { signals } = workflow.definition;
  const schema = typeof name === "string" && Object.hasOwn(signals, name) ? signals[name] : undefined;
  if (schema === undefined) {
    throw new UnknownSignalError({ workflow: run.workflow, signal: String(name), known: Object.keys(signals) });
  }
  checkKey(idempotencyKey);
  const subject = `the payload of signal ${name}`;
  const fit = await validate(schema, payload);
  if (!fit.ok) throw new BadInputError({ subject, issues: fit.issues });
  const payloadJson = encodePayload(payload, subject);
  const outcome = await store.sendSignal({
    ...{ runId, name, payloadJson, idempotencyKey: idempotencyKey ?? null, by: opened.actor.id },
    contentHash: hashJson({ name, payload: JSON.parse(payloadJson) }),
    audit: stampOf(opened, "signal", name),
  });
  switch (outcome.kind) {
    case "consumed":
    case "kept":
      hints.notify(runId);
      return outcome.kind;
    case "ended":
      throw new RunEndedError({ runId, status: outcome.status });
    case "full":
      throw new SignalsFullError({ runId, limit: SIGNALS_MAX });
    case "keyReused":
      throw new IdempotencyKeyReusedError({ runId });
    case "notFound":
      throw new RunNotFoundError({ runId });
  }
}

function checkKey(key: unknown): void {
  if (key === undefined || (typeof key === "string" && key !== "" && key.length <= KEY_LENGTH_MAX)) return;
  const problem = `idempotencyKey: a text of 1 to ${KEY_LENGTH_MAX} characters is expected.`;
  throw new WrongUseError({ problem });
}

function encodePayload(value: unknown, subject: string): string {
  const json = encodeJson(value, subject) ?? "null";
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes > PAYLOAD_BYTES_MAX) {
    throw new PayloadTooLargeError({ subject, sizeBytes, limitBytes: PAYLOAD_BYTES_MAX });
  }
  return json;
}

/**
 * Checked against the JSON Schema that is stored with the question, and once more by the workflow when the run goes on.
 * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {QuestionNotFoundError} QUESTION_NOT_FOUND
 * @throws {QuestionClosedError} QUESTION_CLOSED @throws {BadInputError} BAD_INPUT
 * @throws {PayloadTooLargeError} PAYLOAD_TOO_LARGE @throws {RunEndedError} RUN_ENDED
 */
export async function answerQuestion(
  opened: Engine,
  runId: RunId,
  name: string,
  value: unknown,
  { note, attempt }: AnswerOptions,
): Promise<void> {
  const { store, hints } = opened.deps;
  await requireRun(opened, runId);
  if (note !== undefined && (typeof note !== "string" || note.length > NOTE_LENGTH_MAX)) {
    throw new WrongUseError({ problem: `note: a text of at most ${NOTE_LENGTH_MAX} characters is expected.` });
  }
  const found = await findQuestion(opened, runId, name, attempt);
  const subject = `the answer to ${name}`;
  let valueJson = "null";
  if (found.question !== null) {
    const issues = findMisfits(found.question.question.schema, value ?? null);
    if (issues.length > 0) throw new BadInputError({ subject, issues });
    valueJson = encodePayload(value, subject);
  }
  const said = note === undefined || note.trim() === "" ? null : note.trim();
  const outcome = await store.answerQuestion({
    ...{ runId, stage: name, attempt: found.attempt, valueJson, by: opened.actor.id, note: said },
    audit: stampOf(opened, "answer", said === null ? name : `${name}: ${said}`),
  });
  switch (outcome.kind) {
    case "answered":
      hints.notify(runId);
      return;
    case "answeredBefore":
      throw new QuestionClosedError({ runId, question: name, by: outcome.by, at: outcome.at });
    case "timedOut":
      throw new QuestionClosedError({ runId, question: name, by: null, at: outcome.at });
    case "ended":
      throw new RunEndedError({ runId, status: outcome.status });
    case "notAsked": {
      const open = (await store.listOpenQuestions({ runId, limit: LIST_COUNT })).map(({ stage }) => stage);
      throw new QuestionNotFoundError({ runId, question: name, open });
    }
    case "notFound":
      throw new RunNotFoundError({ runId });
  }
}

interface Found {
  /** Null where it is not open: the store says why. */
  readonly question: OpenQuestion | null;
  readonly attempt: number;
}

/** The attempt is read first: one that is not among the open ones afterwards is closed, so nothing is answered unchecked. */
async function findQuestion(
  { deps: { store } }: Engine,
  runId: RunId,
  name: string,
  attempt: number | undefined,
): Promise<Found> {
  const asked = (await store.listAttempts(runId)).filter(({ stage, wait }) => stage === name && wait?.kind === "ask");
  const last = attempt ?? asked.at(-1)?.attempt ?? 0;
  const open = await store.listOpenQuestions({ runId, stage: name, limit: LIST_COUNT });
  const question = open.find((one) => attempt === undefined || one.attempt === attempt) ?? null;
  return { question, attempt: question?.attempt ?? last };
}

export async function listQuestions(
  { deps: { store } }: Engine,
  { owner, runId, name, limit = LIST_COUNT }: QuestionListQuery,
): Promise<readonly QuestionView[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw new WrongUseError({
      problem: `limit: a whole number from 1 to 1000 is expected; ${String(limit)} was given.`,
    });
  }
  const found = await store.listOpenQuestions({ owner, runId: runId as RunId | undefined, stage: name, limit });
  return found.map(({ stage, question, ...rest }) => ({ ...rest, name: stage, ...question }));
}
