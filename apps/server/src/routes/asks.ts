/** Signals to runs, and questions to people: listed for whoever may see them, answered once. */
import { ForbiddenError, RunNotFoundError } from "@holdfast/core";
import type { QuestionView } from "@holdfast/engine";
import {
  answerBody,
  answered,
  askPage,
  asksQuery,
  noQuery,
  signalBody,
  signalParams,
  signalSent,
} from "@holdfast/protocol";
import type { FastifyRequest } from "fastify";
import { auditDenied } from "../auth/audit-denied.js";
import { callerOf } from "../auth/guard.js";
import { mayAnswer, maySee } from "../auth/may-answer.js";
import { actingFor, requireOwnRun } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { inBody } from "./in-body.js";
import { answers, TAGS } from "./schemas.js";
import { keyOf } from "./start.js";

const LIST_DEFAULT = 100;
/** Open questions that are looked through for those that the caller may see. */
const LOOKED_MAX = 1_000;

export function askRoutes(app: App, context: ServerContext): void {
  const { holdfast } = context;
  const at = { tags: TAGS.asks };

  const signalSchema = {
    ...at,
    operationId: "sendSignal",
    summary: "Send a signal to a run",
    description:
      "The payload is checked against the schema that the workflow declares for the signal. The same `Idempotency-Key` is taken once in the life of the run; sent again it answers how the signal stands.",
    params: signalParams,
    querystring: noQuery,
    body: signalBody,
    response: answers({ 202: signalSent }),
  };
  app.post("/api/runs/:runId/signals/:name", { schema: signalSchema }, async (request, reply) => {
    const { runId, name } = request.params;
    await requireOwnRun(context, request, runId, { toAct: true });
    const { payload = null } = request.body;
    const outcome = await actingFor(context, request)
      .sendSignal(runId, name, payload, { idempotencyKey: keyOf(request) })
      .catch((error) => inBody("payload", error));
    return reply.code(202).send({ runId, signal: name, outcome });
  });

  const listSchema = {
    ...at,
    operationId: "listAsks",
    summary: "Open questions, oldest first",
    description: "The questions that the caller may see: those of their runs, and those addressed to them.",
    querystring: asksQuery,
    response: answers({ 200: askPage }),
  };
  app.get("/api/asks", { schema: listSchema }, async (request) => {
    const { owner, runId, limit = LIST_DEFAULT } = request.query;
    const caller = callerOf(request);
    const found = await holdfast.asks({ owner, runId, limit: LOOKED_MAX });
    const rows = found.filter((asked) => maySee(caller, asked)).slice(0, limit);
    return { rows: rows.map((asked) => ({ ...asked, mayAnswer: mayAnswer(caller, asked) })) };
  });

  const answerSchema = {
    ...at,
    operationId: "answerAsk",
    summary: "Answer a question of a run",
    description:
      "The first answer counts; the next one is refused with QUESTION_CLOSED. A question that names addressees may be answered by them alone, and by admins.",
    params: signalParams,
    querystring: noQuery,
    body: answerBody,
    response: answers({ 200: answered }),
  };
  app.post("/api/runs/:runId/asks/:name", { schema: answerSchema }, async (request) => {
    const { runId, name } = request.params;
    const { value = null, note, attempt } = request.body;
    const asked = await findAsk(context, runId, name, attempt);
    await checkMayAnswer(context, request, asked);
    // The question that was looked at, and not one that is asked under its name meanwhile.
    await actingFor(context, request)
      .answer(runId, name, value, { note, attempt: asked?.attempt ?? attempt })
      .catch((error) => inBody("value", error));
    return { runId, question: name };
  });
}

/** Null where it is not open: the engine says why. */
async function findAsk(
  { holdfast }: ServerContext,
  runId: string,
  name: string,
  attempt: number | undefined,
): Promise<QuestionView | null> {
  const open = await holdfast.asks({ runId, name });
  return open.find((asked) => attempt === undefined || asked.attempt === attempt) ?? null;
}

/** @throws {RunNotFoundError} RUN_NOT_FOUND @throws {ForbiddenError} FORBIDDEN */
async function checkMayAnswer(
  context: ServerContext,
  request: FastifyRequest<{ readonly Params: { readonly runId: string; readonly name: string } }>,
  asked: QuestionView | null,
): Promise<void> {
  const { runId, name } = request.params;
  const caller = callerOf(request);
  if (asked === null) return void (await requireOwnRun(context, request, runId, { toAct: true }));
  if (mayAnswer(caller, asked)) return;
  await auditDenied(context, request, caller, runId, `may not answer question ${name}`);
  if (!maySee(caller, asked)) throw new RunNotFoundError({ runId });
  throw new ForbiddenError({
    caller: caller.id,
    role: caller.role,
    what: `answer question ${name}`,
    needs: asked.to.length === 0 ? ["operator", "admin"] : [...asked.to, "admin"],
  });
}
