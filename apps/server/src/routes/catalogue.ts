/** What there is besides runs: workflows, datasets, workers, the audit. */
import { AUDIT_ACTIONS, type AuditAction, RequestMalformedError } from "@holdfast/core";
import { inputJsonSchema } from "@holdfast/engine";
import { auditPage, auditQuery, datasetPage, noQuery, workerPage, workflowPage } from "@holdfast/protocol";
import type { App, ServerContext } from "../context.js";
import { answers, TAGS } from "./schemas.js";

const AUDIT_DEFAULT = 100;

export function catalogueRoutes(app: App, context: ServerContext): void {
  const { holdfast } = context;

  const workflowsSchema = {
    tags: TAGS.catalogue,
    operationId: "listWorkflows",
    summary: "Workflows, with the JSON Schema of their input",
    description: "The workflows this server knows, with their declared stages and recovery policy.",
    querystring: noQuery,
    response: answers({ 200: workflowPage }),
  };
  app.get("/api/workflows", { schema: workflowsSchema }, async () => {
    const rows = holdfast.workflows.map(async (workflow) => {
      const { name, version, stages, policy } = workflow;
      return { name, version, stages, recovery: policy, input: await inputJsonSchema(workflow) };
    });
    return { rows: await Promise.all(rows) };
  });

  const datasetsSchema = {
    tags: TAGS.catalogue,
    operationId: "listDatasets",
    summary: "Datasets and their versions",
    description: "The datasets that runs have ingested, with the versions of each.",
    querystring: noQuery,
    response: answers({ 200: datasetPage }),
  };
  app.get("/api/datasets", { schema: datasetsSchema }, async () => {
    const datasets = await holdfast.datasets.list();
    // Where the file lies on the server's disk is nobody's business who came over HTTP.
    return { rows: datasets.map(({ path: _, ...dataset }) => dataset) };
  });

  const workersSchema = {
    tags: TAGS.management,
    operationId: "listWorkers",
    summary: "Workers seen within the last day",
    description: "The workers that reported themselves to the store, with how much each executes.",
    querystring: noQuery,
    response: answers({ 200: workerPage }),
  };
  app.get("/api/workers", { schema: workersSchema }, async () => ({ rows: await holdfast.management.workers() }));

  const auditSchema = {
    tags: TAGS.management,
    operationId: "listAudit",
    summary: "Who did what, newest first",
    description: "A page of the audit log: accepted acts, and requests that were denied.",
    querystring: auditQuery,
    response: answers({ 200: auditPage }),
  };
  app.get("/api/audit", { schema: auditSchema }, async (request) => {
    const { runId, actor, action, limit = AUDIT_DEFAULT, cursor } = request.query;
    return holdfast.management.audit({
      runId,
      actor,
      action: action === undefined ? undefined : known(action),
      limit,
      cursor,
    });
  });
}

function known(action: string): AuditAction {
  const found = AUDIT_ACTIONS.find((one) => one === action);
  if (found !== undefined) return found;
  throw new RequestMalformedError({
    subject: "the query",
    issues: [{ path: "action", message: `one of ${AUDIT_ACTIONS.join(", ")} is expected` }],
  });
}
