/** Records of a run (stages, items, checkpoints), its recovery options and its plan. */
import { RequestMalformedError } from "@holdfast/core";
import type { PlanBody } from "@holdfast/protocol";
import {
  checkpointPage,
  itemPage,
  itemsQuery,
  noQuery,
  plan,
  planBody,
  recoveryOptions,
  runParams,
  stagePage,
  stageQuery,
} from "@holdfast/protocol";
import { requireOwnRun } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { admitInputOf } from "../inputs/admit-input.js";
import { howOf } from "./act.js";
import { answers, TAGS } from "./schemas.js";
import { ownerFor } from "./uploads.js";

const ITEMS_DEFAULT = 100;

export function recordRoutes(app: App, context: ServerContext): void {
  const { holdfast } = context;
  const tags = TAGS.records;
  const at = { tags, params: runParams };

  const stagesSchema = {
    ...at,
    operationId: "listStages",
    summary: "Stages and attempts",
    description: "The run's declared stages and all stages that it called, with every attempt.",
    querystring: noQuery,
    response: answers({ 200: stagePage }),
  };
  app.get("/api/runs/:runId/stages", { schema: stagesSchema }, async (request) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    const { stages } = await holdfast.runs.get(id);
    return { rows: stages };
  });

  const itemsSchema = {
    ...at,
    operationId: "listItems",
    summary: "Results of a map, by key",
    description: "A page of the results that a map recorded, ordered by key.",
    querystring: itemsQuery,
    response: answers({ 200: itemPage }),
  };
  app.get("/api/runs/:runId/items", { schema: itemsSchema }, async (request) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    const { outcome, category, cause, limit = ITEMS_DEFAULT, cursor } = request.query;
    const stage = request.query.stage ?? (await onlyMapOf(id));
    if (stage === null) return { stage: "", rows: [], next: null };
    const { rows, next } = await holdfast.runs.items(id, stage, { outcome, category, cause, cursor, limit });
    // Every field is in every row: null where an outcome has none.
    return { stage, rows: rows.map((row) => ({ output: null, error: null, category: null, ...row })), next };
  });

  /** @throws {RequestMalformedError} — where the run has several maps and none was named. */
  async function onlyMapOf(runId: string): Promise<string | null> {
    // What a fork kept stays with the run that made it.
    const maps = (await holdfast.runs.maps(runId)).filter((map) => map.runId === runId);
    if (maps.length <= 1) return maps[0]?.stage ?? null;
    const names = maps.map(({ stage }) => stage).join(", ");
    throw new RequestMalformedError({
      subject: "the query",
      issues: [{ path: "stage", message: `the run has several maps; name one of ${names}` }],
    });
  }

  const checkpointSchema = {
    ...at,
    operationId: "listCheckpoints",
    summary: "Saved checkpoints: keys, a sample, validity",
    description: "The checkpoints that stages of the run saved. Values are shown as a sample, never completely.",
    querystring: stageQuery,
    response: answers({ 200: checkpointPage }),
  };
  app.get("/api/runs/:runId/checkpoint", { schema: checkpointSchema }, async (request) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    return { rows: await holdfast.runs.checkpoint(id, request.query.stage) };
  });

  const recoverySchema = {
    ...at,
    operationId: "listRecoveryOptions",
    summary: "Recovery options, with time and cost",
    description: "The actions that the run's state allows, with their estimated cost and time.",
    querystring: noQuery,
    response: answers({ 200: recoveryOptions }),
  };
  app.get("/api/runs/:runId/recovery", { schema: recoverySchema }, async (request) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    return holdfast.runs.recoveryOptions(id);
  });

  const planSchema = {
    ...at,
    summary: "Plan of a resume: what it would keep, redo, call and cost",
    description: "Changes nothing. A resume with this `planId` applies exactly this plan.",
    querystring: noQuery,
    response: answers({ 200: plan }),
  };
  const makePlan = async (runId: string, body: PlanBody) => {
    const { digest, ...made } = await holdfast.plan(runId, howOf(body));
    return { ...made, planId: digest };
  };
  const config = { isLong: true };
  app.get(
    "/api/runs/:runId/plan",
    { schema: { ...planSchema, operationId: "planResume" }, config },
    async (request) => {
      const { id } = await requireOwnRun(context, request, request.params.runId);
      return makePlan(id, {});
    },
  );
  const chosenSchema = { ...planSchema, operationId: "planChosenResume", body: planBody };
  app.post("/api/runs/:runId/plan", { schema: chosenSchema, config }, async (request) => {
    const found = await requireOwnRun(context, request, request.params.runId);
    return makePlan(found.id, await admitInputOf(context, found, request.body, ownerFor(request)));
  });
}
