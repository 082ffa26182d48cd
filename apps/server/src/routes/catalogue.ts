/** What there is besides runs: workflows, datasets, workers, the audit. */
import { AUDIT_ACTIONS, type AuditAction, RequestMalformedError } from "@holdfast/core";
import { inputJsonSchema } from "@holdfast/engine";
import {
  auditPage,
  auditQuery,
  datasetActBody,
  datasetDeletion,
  datasetPage,
  datasetParams,
  keyErasure,
  noQuery,
  workerPage,
  workflowPage,
} from "@holdfast/protocol";
import { z } from "zod";
import { actingFor } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { answers, TAGS } from "./schemas.js";

const AUDIT_DEFAULT = 100;

export function catalogueRoutes(app: App, context: ServerContext): void {
  const { holdfast } = context;

  const workflowsSchema = {
    tags: TAGS.catalogue,
    operationId: "listWorkflows",
    summary: "Workflows, with the JSON Schema of their input",
    description: "The workflows that this server knows, with their declared stages and recovery policy.",
    querystring: noQuery,
    response: answers({ 200: workflowPage }),
  };
  app.get("/api/workflows", { schema: workflowsSchema }, async () => {
    const rows = holdfast.workflows.map(async (workflow) => {
      const { name, version, stages, policy, search } = workflow;
      return { name, version, stages, recovery: policy, search: [...search], input: await inputJsonSchema(workflow) };
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

  const datasetActSchema = {
    tags: TAGS.catalogue,
    operationId: "actOnDataset",
    summary: "Delete a dataset, or erase keys from it for privacy",
    description:
      "With `checkOnly` nothing is written. `delete` is refused while an unfinished run has read the dataset, `erase` while an " +
      "active one has. Keys are in the body, never in the address, a log or the audit log.",
    params: datasetParams,
    querystring: noQuery,
    body: datasetActBody,
    response: answers({ 200: z.union([datasetDeletion, keyErasure]) }),
  };
  const isLong = { isLong: true };
  app.post("/api/datasets/:name/actions", { schema: datasetActSchema, config: isLong }, async (request) => {
    const { datasets } = actingFor(context, request);
    const { name } = request.params;
    const { body } = request;
    if (body.action === "delete") {
      const { action: _, ...options } = body;
      const { versions, ...report } = await datasets.delete(name, options);
      return { ...report, versions: versions.map(({ path: _path, ...dataset }) => dataset) };
    }
    const { action: _, keys, ...options } = body;
    const { sources, files, ...report } = await datasets.erase(name, keys, options);
    return { ...report, sourceCount: sources.length, fileCount: files.length };
  });

  const workersSchema = {
    tags: TAGS.management,
    operationId: "listWorkers",
    summary: "Workers seen within the last day",
    description: "The workers that reported themselves to the store, with the number of runs that each executes.",
    querystring: noQuery,
    response: answers({ 200: workerPage }),
  };
  app.get("/api/workers", { schema: workersSchema }, async () => ({ rows: await holdfast.management.workers() }));

  const auditSchema = {
    tags: TAGS.management,
    operationId: "listAudit",
    summary: "Audit log, newest first",
    description: "A page of the audit log: accepted and denied requests.",
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
