/** /api/runs and /api/runs/:runId: list, create, read, act, remove. */
import { RunChangedError } from "@holdfast/core";
import {
  type ActionBody,
  actionBody,
  createBody,
  type FacetsQuery,
  facets,
  facetsQuery,
  fieldsOf,
  gatherFields,
  health,
  type ListQuery,
  listQuery,
  noQuery,
  run,
  runPage,
  runParams,
  termOf,
} from "@holdfast/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { callerOf } from "../auth/guard.js";
import { actingFor, ownerFilter, requireOwnRun } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { admitInputOf } from "../inputs/admit-input.js";
import { problemFor, sendProblem } from "../problems/answer.js";
import { act } from "./act.js";
import { expectedRevision } from "./if-match.js";
import { representRun, withEtag } from "./represent.js";
import { answers, nothing, TAGS } from "./schemas.js";
import { startRun } from "./start.js";
import { ownerFor } from "./uploads.js";

const LIST_DEFAULT = 50;

export function runRoutes(app: App, context: ServerContext): void {
  const tags = TAGS.runs;
  const listSchema = {
    tags,
    operationId: "listRuns",
    summary: "Runs, newest first, by cursor",
    description:
      "A page of the runs that the caller may see. Pass `next` as `cursor` for the next page, and `asOf` as `updatedSince` for only the runs that have changed since.",
    querystring: listQuery,
    response: answers({ 200: runPage }),
  };
  app.get("/api/runs", { schema: listSchema, preValidation: gatherQuery }, (request) =>
    listRuns(context, request, request.query),
  );

  const facetsSchema = {
    tags,
    operationId: "countRuns",
    summary: "How many runs each status, workflow and owner would leave",
    description:
      "Takes the filters of the list. Each facet leaves out its own filter, so it counts what another choice would leave. A count stops at 1,000: `isMore` says that there are more.",
    querystring: facetsQuery,
    response: answers({ 200: facets }),
  };
  app.get("/api/facets", { schema: facetsSchema, preValidation: gatherQuery }, async (request) => {
    const { query } = request;
    const asOf = context.nowMs();
    const filter = ownerFilter(callerOf(request), query.owner);
    const none = { count: 0, isMore: false };
    if (filter === null) return { asOf, total: none, status: [], workflow: [], owner: [] };
    const found = await context.holdfast.runs.facets(filterOf(query, filter.owner));
    // Whoever sees their own runs alone is the only owner that they may be told of.
    const owner = callerOf(request).role === "admin" ? found.owner : [];
    return { asOf, ...found, owner };
  });

  const createSchema = {
    tags,
    operationId: "createRun",
    summary: "Create a run",
    description:
      "With `Idempotency-Key`, a repeated request gets 200 with the run of the first request, and `Idempotency-Replayed: true`.",
    querystring: noQuery,
    body: createBody,
    response: answers({ 200: run, 201: run }),
  };
  app.post("/api/runs", { schema: createSchema }, async (request, reply) => {
    const created = await startRun(context, request, request.body);
    return answerCreated(context, reply, created, `${context.basePath}/api/runs/${created.runId}`);
  });

  const oneSchema = {
    tags,
    operationId: "getRun",
    summary: "A run with its stages and health",
    description:
      "The run's current state. The `ETag` is the revision of its control state: send it as `If-Match` to act only on this state.",
    params: runParams,
    querystring: noQuery,
    response: answers({ 200: run }),
  };
  app.get("/api/runs/:runId", { schema: oneSchema }, (request, reply) =>
    answerRun(context, request, reply, request.params.runId),
  );

  const actSchema = {
    tags,
    summary: "Act on a run",
    description:
      "200 if the action has been applied, 202 if the run's worker still has to apply it, 201 for a fork. With `If-Match`, applied only if the run still has that revision; otherwise 412 with the current run.",
    params: runParams,
    querystring: noQuery,
    body: actionBody,
    response: answers({ 200: run, 201: run, 202: run }),
  };
  app.put("/api/runs/:runId", { schema: { ...actSchema, operationId: "actOnRun" } }, (request, reply) =>
    actOnRun(context, request, reply, request.params.runId, request.body),
  );
  app.post("/api/runs/:runId/actions", { schema: { ...actSchema, operationId: "postRunAction" } }, (request, reply) =>
    actOnRun(context, request, reply, request.params.runId, request.body),
  );

  const deleteSchema = {
    tags,
    operationId: "deleteRun",
    summary: "Remove a run with its records and files",
    description: "Removes a run that is not running. Cannot be undone.",
    params: runParams,
    querystring: noQuery,
    response: answers({ 204: nothing("Removed.") }),
  };
  app.delete("/api/runs/:runId", { schema: deleteSchema, config: { isLong: true } }, (request, reply) =>
    deleteRun(context, request, reply, request.params.runId),
  );

  const healthSchema = {
    tags,
    operationId: "getRunHealth",
    summary: "Health: progress, age, idleness, whether the run is stuck and why",
    description: "Judges the run by the supervisor's rules, without changing anything.",
    params: runParams,
    querystring: noQuery,
    response: answers({ 200: health }),
  };
  app.get("/api/runs/:runId/health", { schema: healthSchema }, async (request) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    return context.holdfast.runs.health(id);
  });
}

/** Before the schema, which knows no names of fields. */
export async function gatherQuery(request: FastifyRequest): Promise<void> {
  request.query = gatherFields(request.query as Record<string, unknown>);
}

export async function listRuns(context: ServerContext, request: FastifyRequest, query: ListQuery) {
  const asOf = context.nowMs();
  const filter = ownerFilter(callerOf(request), query.owner);
  // Who has given it up meanwhile is not read for.
  if (filter === null || request.raw.destroyed) return { asOf, rows: [], next: null };
  const { updatedSince, limit = LIST_DEFAULT, cursor } = query;
  const asked = { ...filterOf(query, filter.owner), updatedSince, limit, cursor };
  const { rows, next } = await context.holdfast.runs.summaries(asked);
  return { asOf, rows, next };
}

/** Which runs a query means, for a caller who sees those of `owner`. */
export function filterOf(query: FacetsQuery, owner: string | undefined) {
  const {
    status,
    workflow,
    resumable,
    parent,
    idPrefix,
    createdSince,
    createdBefore,
    notWorkflow,
    notOwner,
    notField,
  } = query;
  const { costAbove, costBelow, cause, notCause } = query;
  return {
    statuses: status,
    workflow,
    owner,
    resumable,
    parent,
    idPrefix,
    fields: fieldsOf(query.field),
    not: { workflows: notWorkflow, owners: notOwner, fields: notField?.map(termOf), causes: notCause },
    createdSince,
    createdBefore,
    costAboveUsd: costAbove,
    costBelowUsd: costBelow,
    cause,
  };
}

export async function answerCreated(
  context: ServerContext,
  reply: FastifyReply,
  created: { readonly runId: string; readonly isReplay: boolean },
  location: string,
) {
  if (created.isReplay) void reply.header("idempotency-replayed", "true");
  const view = await representRun(context.holdfast, created.runId);
  return withEtag(reply, view)
    .code(created.isReplay ? 200 : 201)
    .header("location", location)
    .send(view);
}

export async function answerRun(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  runId: string,
  workflow?: string | undefined,
) {
  const { id } = await requireOwnRun(context, request, runId, { workflow });
  const view = await representRun(context.holdfast, id);
  return withEtag(reply, view).send(view);
}

export async function actOnRun(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  runId: string,
  body: ActionBody,
  workflow?: string | undefined,
) {
  const found = await requireOwnRun(context, request, runId, { workflow, toAct: true });
  try {
    const expect = expectedRevision(request.headers["if-match"], found);
    const placed = await admitInputOf(context, found, body, ownerFor(request));
    const acted = await act(actingFor(context, request), found, placed, expect);
    if (body.action === "resume" || body.action === "restart") context.metrics.onResume(found.workflow, "person");
    if (acted.kind === "forked") {
      return answerCreated(
        context,
        reply,
        { runId: acted.runId, isReplay: false },
        `${context.basePath}/api/runs/${acted.runId}`,
      );
    }
    const view = await representRun(context.holdfast, found.id);
    // It may have obeyed by now.
    const isPending = acted.kind === "asked" && view.status === "running";
    return withEtag(reply, view)
      .code(isPending ? 202 : 200)
      .send(view);
  } catch (error) {
    if (error instanceof RunChangedError) return answerChanged(context, request, reply, error, found.id);
    throw error;
  }
}

/** 412 with the run as it is now: who was too late need not ask again. */
async function answerChanged(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  error: RunChangedError,
  runId: string,
) {
  const current = await representRun(context.holdfast, runId);
  return sendProblem(withEtag(reply, current), problemFor(error, request), { current });
}

export async function deleteRun(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  runId: string,
  workflow?: string | undefined,
) {
  const found = await requireOwnRun(context, request, runId, { workflow, toAct: true });
  try {
    const expect = expectedRevision(request.headers["if-match"], found);
    await actingFor(context, request).runs.delete(found.id, { expect });
  } catch (error) {
    if (error instanceof RunChangedError) return answerChanged(context, request, reply, error, found.id);
    throw error;
  }
  return reply.code(204).send();
}
