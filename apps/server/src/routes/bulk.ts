/** /api/bulk: one action on many runs, previewed first, then executed by a job that can be watched and stopped. */
import { RequestMalformedError } from "@holdfast/core";
import type { Only } from "@holdfast/engine";
import {
  bulkBody,
  bulkJob,
  bulkParams,
  bulkPlan,
  bulkStart,
  bulkWaitQuery,
  facetsQuery,
  gatherFields,
  noQuery,
} from "@holdfast/protocol";
import { callerOf } from "../auth/guard.js";
import { actingFor, mayUse, ownerFilter } from "../auth/own.js";
import { BulkJobs } from "../bulk/jobs.js";
import { planBulk, type Which } from "../bulk/plan.js";
import type { App, ServerContext } from "../context.js";
import type { Caller } from "../roles.js";
import { filterOf } from "./runs.js";
import { answers, TAGS } from "./schemas.js";

/** Within any proxy's patience. */
const WAIT_MS = 10_000;
/** Between two answers to who waits. */
const APART_MS = 250;

export function bulkRoutes(app: App, context: ServerContext): void {
  const tags = TAGS.runs;
  const jobs = new BulkJobs(context.nowMs, context.stopping);

  const planSchema = {
    tags,
    operationId: "planBulk",
    summary: "What one act on many runs would do",
    description:
      "Changes nothing. Says which runs the act is for, which are left alone and why, and what a resume would cost. Only the caller's own runs; any for an admin. At most 10,000, the newest.",
    querystring: noQuery,
    body: bulkBody,
    response: answers({ 200: bulkPlan }),
  };
  app.post("/api/bulk", { schema: planSchema, config: { isLong: true } }, async (request) => {
    const { action, query, runIds, only } = request.body;
    const caller = callerOf(request);
    const which = runIds === undefined ? byQuery(query ?? "", caller) : byIds(runIds, caller);
    return jobs.keep(
      await planBulk(context.holdfast, { action, only: only as Only | undefined }, which, context.nowMs()),
      caller,
    );
  });

  const startSchema = {
    tags,
    operationId: "startBulk",
    summary: "Do what a plan showed",
    description:
      "Starts a job of the server over just those runs, each only if it is still as the plan saw it. One job for each caller. Every act is audited under the caller's name.",
    querystring: noQuery,
    body: bulkStart,
    response: answers({ 202: bulkJob }),
  };
  app.post("/api/bulk/jobs", { schema: startSchema }, async (request, reply) => {
    const { planId, reason } = request.body;
    const job = jobs.start(planId, callerOf(request), actingFor(context, request), reason);
    return reply.code(202).header("location", `${context.basePath}/api/bulk/jobs/${job.jobId}`).send(job);
  });

  const at = { tags, params: bulkParams, response: answers({ 200: bulkJob }) };
  const readSchema = {
    ...at,
    operationId: "getBulkJob",
    summary: "How far a job is",
    description: "With `after` it answers when the job is beyond that revision, after ten seconds at most.",
    querystring: bulkWaitQuery,
  };
  app.get("/api/bulk/jobs/:jobId", { schema: readSchema }, async (request, reply) => {
    const { after } = request.query;
    const { jobId } = request.params;
    void reply.header("cache-control", "no-store");
    if (after === undefined) return jobs.get(jobId, callerOf(request));
    return jobs.wait(jobId, callerOf(request), { after, withinMs: WAIT_MS, apartMs: APART_MS });
  });

  const stopSchema = {
    ...at,
    operationId: "stopBulkJob",
    summary: "Stop a job",
    description: "Acts that are under way are finished; the runs behind them are left alone.",
    querystring: noQuery,
  };
  app.delete("/api/bulk/jobs/:jobId", { schema: stopSchema }, async (request) =>
    jobs.stop(request.params.jobId, callerOf(request)),
  );
}

/** @throws {RequestMalformedError} — where it is not what the list takes. */
function byQuery(text: string, caller: Caller): Which {
  const given: Record<string, string | string[]> = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const before = given[key];
    given[key] = before === undefined ? value : [before, value].flat();
  }
  const read = facetsQuery.safeParse(gatherFields(given));
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => ({ path: ["query", ...path].join("."), message }));
    throw new RequestMalformedError({ subject: "the body", issues });
  }
  const filter = ownerFilter(caller, read.data.owner);
  // Of another owner a user is told what there is for them: nothing.
  if (filter === null) return { kind: "ids", ids: [], isOwn: () => false };
  return { kind: "query", query: filterOf(read.data, filter.owner) };
}

const byIds = (ids: readonly string[], caller: Caller): Which => ({
  kind: "ids",
  ids,
  isOwn: (run) => mayUse(caller, run),
});
