/**
 * /api/qualify: the paths of the lead qualification's own API, for runs of workflow lead-qualification. The same bodies
 * and answers as /api/runs and /api/management. A Bearer caller may send JSON under any media type, so that plain
 * `curl -d '{"action": "resume"}'` works.
 */
import { BadInputError, parseRunId } from "@holdfast/core";
import type { ManagementReport } from "@holdfast/engine";
import {
  actionBody,
  cleanupReport,
  health,
  listQuery,
  type ManagementBody,
  managementBody,
  managementReport,
  managementView,
  noQuery,
  qualifyBody,
  qualifyManagementQuery,
  run,
  runPage,
  runParams,
} from "@holdfast/protocol";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { requireOwnRun } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { type ManagementGate, manageRuns, readManagement } from "./management.js";
import { actOnRun, answerCreated, answerRun, deleteRun, gatherQuery, listRuns } from "./runs.js";
import { answers, nothing, TAGS } from "./schemas.js";
import { startRun } from "./start.js";

const WORKFLOW = "lead-qualification";

export function qualifyRoutes(app: App, context: ServerContext, gate: ManagementGate): void {
  const tags = TAGS.qualify;
  const config = { isAlias: true };
  const one = { tags, params: runParams, querystring: noQuery };

  app.get(
    "/api/qualify",
    {
      schema: {
        tags,
        operationId: "listQualifications",
        summary: "Qualification runs",
        description: "Like `GET /api/runs`, only for the workflow `lead-qualification`.",
        querystring: listQuery,
        response: answers({ 200: runPage }),
      },
      preValidation: gatherQuery,
    },
    (request) => listRuns(context, request, { ...request.query, workflow: WORKFLOW }),
  );
  const createSchema = {
    tags,
    operationId: "createQualification",
    summary: "Start a qualification",
    description: "Like `POST /api/runs`, for the workflow `lead-qualification`.",
    querystring: noQuery,
    body: qualifyBody,
    response: answers({ 200: run, 201: run }),
  };
  app.post("/api/qualify", { schema: createSchema, config }, async (request, reply) => {
    const created = await startRun(context, request, { ...request.body, workflow: WORKFLOW });
    return answerCreated(context, reply, created, `${context.basePath}/api/qualify/${created.runId}`);
  });

  const readSchema = {
    tags,
    operationId: "getQualificationManagement",
    summary: "Statistics and active runs",
    description:
      "Like `GET /api/management`: configuration, counts and active runs of the workflow `lead-qualification` only.",
    querystring: qualifyManagementQuery,
    response: answers({ 200: managementView }),
  };
  app.get("/api/qualify/management", { schema: readSchema }, (request) =>
    readManagement(context, request, { ...request.query, workflow: WORKFLOW }),
  );
  const manageSchema = {
    tags,
    operationId: "manageQualifications",
    summary: "Recover, check timeouts or clean up qualification runs",
    description: "Like `POST /api/management`, only for runs of the workflow `lead-qualification`.",
    querystring: noQuery,
    body: managementBody,
    response: answers({ 200: z.union([managementReport, cleanupReport]) }),
  };
  app.post("/api/qualify/management", { schema: manageSchema, config: { ...config, isLong: true } }, (request) =>
    manageQualification(context, gate, request, request.body),
  );

  app.get(
    "/api/qualify/:runId",
    {
      schema: {
        ...one,
        operationId: "getQualification",
        summary: "A run with its health",
        description: "Like `GET /api/runs/{runId}`.",
        response: answers({ 200: run }),
      },
    },
    (request, reply) => answerRun(context, request, reply, request.params.runId, WORKFLOW),
  );
  app.put(
    "/api/qualify/:runId",
    {
      schema: {
        ...one,
        operationId: "actOnQualification",
        summary: "Resume, fail, …",
        description: "Like `PUT /api/runs/{runId}`.",
        body: actionBody,
        response: answers({ 200: run, 202: run }),
      },
      config,
    },
    (request, reply) => actOnRun(context, request, reply, request.params.runId, request.body, WORKFLOW),
  );
  app.delete(
    "/api/qualify/:runId",
    {
      schema: {
        ...one,
        operationId: "deleteQualification",
        summary: "Remove a run",
        description: "Like `DELETE /api/runs/{runId}`.",
        response: answers({ 204: nothing("Removed.") }),
      },
      config: { ...config, isLong: true },
    },
    (request, reply) => deleteRun(context, request, reply, request.params.runId, WORKFLOW),
  );
  app.get(
    "/api/qualify/:runId/health",
    {
      schema: {
        ...one,
        operationId: "getQualificationHealth",
        summary: "Health of a run",
        description: "Like `GET /api/runs/{runId}/health`.",
        response: answers({ 200: health }),
      },
    },
    async (request) => {
      const { id } = await requireOwnRun(context, request, request.params.runId, { workflow: WORKFLOW });
      return context.holdfast.runs.health(id);
    },
  );
}

/** The engine's actions are over all workflows; here they concern the runs of one, each decided by itself. */
async function manageQualification(
  context: ServerContext,
  gate: ManagementGate,
  request: FastifyRequest,
  body: ManagementBody,
) {
  if (body.action === "startSupervisor" || body.action === "stopSupervisor") {
    const message = "a supervisor handles the runs of all workflows: use POST /api/management";
    throw new BadInputError({ subject: "the body", issues: [{ path: "action", message }] });
  }
  if (body.action === "cleanup") {
    if (body.workflow !== undefined && body.workflow !== WORKFLOW) {
      const issues = [{ path: "workflow", message: `only runs of ${WORKFLOW} are managed here` }];
      throw new BadInputError({ subject: "the body", issues });
    }
    return manageRuns(context, gate, request, { ...body, workflow: WORKFLOW });
  }
  const { planId: _, ...limits } = body;
  const found = (await manageRuns(context, gate, request, { ...body, checkOnly: true })) as ManagementReport;
  const runs = found.runs.filter((one) => one.workflow === WORKFLOW);
  if (body.checkOnly === true) return { ...found, runs };
  const done: ManagementReport["runs"][number][] = [];
  for (const { runId } of runs) {
    const report = await manageRuns(context, gate, request, { ...limits, action: "recover", runId: parseRunId(runId) });
    if ("scanned" in report) done.push(...report.runs);
  }
  return { ...found, isCheckOnly: false, runs: done };
}
