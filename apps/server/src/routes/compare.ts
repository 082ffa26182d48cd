/** Two runs beside each other: the comparison of `holdfast diff`, its items and files a part at a time. */
import { RequestMalformedError, UnknownStageError } from "@holdfast/core";
import { compareArtifact, compareByWorkflow, compareItemPage, compareRuns, type RunView } from "@holdfast/engine";
import {
  artifactDifference,
  compareArtifactQuery,
  compareItemsQuery,
  compareQuery,
  comparison,
  itemPairPage,
} from "@holdfast/protocol";
import type { FastifyRequest } from "fastify";
import { requireOwnRun } from "../auth/own.js";
import { boundArtifact, boundDifference, comparedRun, stageDurations } from "../compare/compared.js";
import { KeptAnswers } from "../compare/kept-answers.js";
import type { App, ServerContext } from "../context.js";
import { answers, TAGS } from "./schemas.js";

const ITEMS_DEFAULT = 100;

export function compareRoutes(app: App, context: ServerContext): void {
  const { holdfast, comparisons } = context;
  const tags = TAGS.compare;
  // It reads every item of both runs.
  const config = { isLong: true };
  const kept = new KeptAnswers<Awaited<ReturnType<typeof compare>>>();

  async function ownRuns(request: FastifyRequest, query: { readonly a: string; readonly b: string }) {
    const a = await requireOwnRun(context, request, query.a);
    const b = await requireOwnRun(context, request, query.b);
    return { a: await holdfast.runs.get(a.id), b: await holdfast.runs.get(b.id) };
  }

  async function compare(a: RunView, b: RunView, stage: string | undefined) {
    const known = [...a.stages, ...b.stages].map(({ name }) => name);
    if (stage !== undefined && !known.includes(stage)) {
      throw new UnknownStageError({ stage, workflow: a.workflow, declared: [...new Set(known)] });
    }
    return {
      a: await comparedRun(holdfast, a),
      b: await comparedRun(holdfast, b),
      durations: stageDurations(a, b),
      ...boundDifference(await compareRuns(holdfast, a, b, { stage, files: "named" })),
      workflow: await compareByWorkflow(comparisons, holdfast, { a, b, stage }),
    };
  }

  const compareSchema = {
    tags,
    operationId: "compareRuns",
    summary: "Compare two runs",
    description:
      "Differences in the request, in items and in outputs, and the workflow's own comparison. Lists have their first 200 entries and their length; files are named but not read.",
    querystring: compareQuery,
    response: answers({ 200: comparison }),
  };
  app.get("/api/compare", { schema: compareSchema, config }, async (request, reply) => {
    const { a, b } = await ownRuns(request, request.query);
    const { stage } = request.query;
    const key = JSON.stringify([a, b].map(({ id, revision, head, updatedAt }) => [id, revision, head, updatedAt]));
    const made = await kept.of(`${key} ${stage ?? ""}`, () => compare(a, b, stage));
    return reply.header("cache-control", "no-store").send(made);
  });

  const itemsSchema = {
    tags,
    operationId: "compareItems",
    summary: "Items of two runs that differ in a given way",
    description: "Pairs of items with the same key, ordered by key. A request examines at most 20,000 items.",
    querystring: compareItemsQuery,
    response: answers({ 200: itemPairPage }),
  };
  app.get("/api/compare/items", { schema: itemsSchema, config }, async (request) => {
    const { a, b } = await ownRuns(request, request.query);
    const { stage, change, cursor, limit = ITEMS_DEFAULT } = request.query;
    const [inA, inB] = [await mapOf(a.id, stage), await mapOf(b.id, stage)];
    return compareItemPage(holdfast.runs, inA, inB, { change, after: cursor, limit });
  });

  /** @throws {RequestMalformedError} — where one of the runs has no such map. */
  async function mapOf(runId: string, stage: string) {
    const found = (await holdfast.runs.maps(runId)).find((map) => map.stage === stage);
    if (found !== undefined) return found;
    const issues = [{ path: "stage", message: `run ${runId} has no map ${stage}` }];
    throw new RequestMalformedError({ subject: "the query", issues });
  }

  const artifactSchema = {
    tags,
    operationId: "compareArtifact",
    summary: "Compare one file of two runs",
    description: "JSON is compared by path, text by line, anything else by size and hash.",
    querystring: compareArtifactQuery,
    response: answers({ 200: artifactDifference }),
  };
  app.get("/api/compare/artifact", { schema: artifactSchema, config }, async (request) => {
    const { a, b } = await ownRuns(request, request.query);
    const { stage, name } = request.query;
    const found = await compareArtifact(holdfast, a, b, { stage, name });
    if (found === "same") return { name, kind: "binary" as const, isEqual: true };
    if (found !== "missing") return boundArtifact(found);
    const message = "a stage and a file name that both runs have are expected";
    throw new RequestMalformedError({ subject: "the query", issues: [{ path: "name", message }] });
  });
}
