/** Aggregates over the records of a run, so that a page can show tens of thousands of items without reading them all. */
import { RequestMalformedError } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import {
  causeBody,
  causeMark,
  causeParams,
  errorGroupPage,
  errorsQuery,
  failurePage,
  failuresQuery,
  itemLanes,
  itemRange,
  itemRangeQuery,
  itemStates,
  itemStatesQuery,
  noQuery,
  runHistory,
  runMapPage,
  runParams,
} from "@holdfast/protocol";
import { groupFailures } from "../aggregates/all-errors.js";
import { groupErrors } from "../aggregates/error-groups.js";
import { ItemCellsCache, MapCache } from "../aggregates/item-cells.js";
import { readLanes } from "../aggregates/item-lanes.js";
import { ItemPlaces } from "../aggregates/item-places.js";
import { RunHistories } from "../aggregates/run-history.js";
import { callerOf } from "../auth/guard.js";
import { actingFor, ownerFilter, requireOwnRun } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import type { Caller } from "../roles.js";
import { answers, TAGS } from "./schemas.js";

export function aggregateRoutes(app: App, context: ServerContext): void {
  const { runs } = context.holdfast;
  const cells = new ItemCellsCache(runs);
  const lanes = new MapCache((_, map) => readLanes(runs, map));
  const places = new ItemPlaces(runs);
  const histories = new RunHistories(runs);
  const at = { tags: TAGS.records, params: runParams };

  const mapsSchema = {
    ...at,
    operationId: "listMaps",
    summary: "Maps of a run: progress, failures, cost",
    description: "One row for each map that the run has opened, with its failed results by category.",
    querystring: noQuery,
    response: answers({ 200: runMapPage }),
  };
  app.get("/api/runs/:runId/maps", { schema: mapsSchema }, async (request) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    const rows = (await runs.maps(id)).map(({ runId: _, ok, ...map }) => ({
      ...map,
      done: ok + map.failed,
    }));
    return { rows };
  });

  const statesSchema = {
    ...at,
    operationId: "listItemStates",
    summary: "The state of every item of a map, packed",
    description:
      "For an overview of all items: 42,000 take 28 kB. Above 50,000 items, each cell represents several and shows the worst state.",
    querystring: itemStatesQuery,
    response: answers({ 200: itemStates }),
  };
  app.get("/api/runs/:runId/items/states", { schema: statesSchema }, async (request, reply) => {
    const run = await requireOwnRun(context, request, request.params.runId);
    const map = theMap(await runs.maps(run.id), request.query.stage);
    if (map === null) return { stage: "", total: null, ...NO_CELLS };
    return reply.header("cache-control", "no-store").send(await cells.of(run, map));
  });

  const lanesSchema = {
    ...at,
    operationId: "listItemLanes",
    summary: "What each slot of a map did, and does now",
    description:
      "Calls that were under way at once stand in lanes of their own, at most 32. Empty for a map of more than 200,000 results.",
    querystring: itemStatesQuery,
    response: answers({ 200: itemLanes }),
  };
  app.get("/api/runs/:runId/items/lanes", { schema: lanesSchema }, async (request, reply) => {
    const run = await requireOwnRun(context, request, request.params.runId);
    const map = theMap(await runs.maps(run.id), request.query.stage);
    const found = map === null ? null : await lanes.of(run, map);
    const sent =
      found === null
        ? { ...NO_LANES, stage: map?.stage ?? "" }
        : { ...found, spans: found.spans.map(([lane, from, to, state]) => [lane, from, to, state === "done" ? 1 : 0]) };
    return reply.header("cache-control", "no-store").send(sent);
  });

  const rangeSchema = {
    ...at,
    operationId: "getItemRange",
    summary: "A range of a map's items, by position",
    description:
      "The items' keys, for a resume of only these. For a range of one item, also the item and why it failed.",
    querystring: itemRangeQuery,
    response: answers({ 200: itemRange }),
  };
  app.get("/api/runs/:runId/items/range", { schema: rangeSchema }, async (request, reply) => {
    const run = await requireOwnRun(context, request, request.params.runId);
    const { stage, from, to } = request.query;
    const map = theMap(await runs.maps(run.id), stage);
    return reply.header("cache-control", "no-store").send(await places.rangeOf(run, map, from, Math.max(from, to)));
  });

  const historySchema = {
    ...at,
    operationId: "getHistory",
    summary: "A run's history and its pace over time",
    description: "Marks for a time axis, and each map's results, failures and cost in at most 240 time buckets.",
    querystring: noQuery,
    response: answers({ 200: runHistory }),
  };
  app.get("/api/runs/:runId/history", { schema: historySchema }, async (request, reply) => {
    const run = await requireOwnRun(context, request, request.params.runId);
    return reply.header("cache-control", "no-store").send(await histories.of(run));
  });

  const errorsSchema = {
    ...at,
    operationId: "listErrors",
    summary: "Failed items by cause",
    description: "Failures that differ only in numbers, IDs and quoted words have the same cause. Sorted by count.",
    querystring: errorsQuery,
    response: answers({ 200: errorGroupPage }),
  };
  app.get("/api/runs/:runId/errors", { schema: errorsSchema }, async (request) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    const { stage, fingerprint } = request.query;
    const maps = await runs.maps(id);
    const wanted = maps.filter((map) => map.failed > 0 && (stage === undefined || map.stage === stage));
    return groupErrors(runs, wanted, fingerprint);
  });

  const allErrorsSchema = {
    tags: TAGS.runs,
    operationId: "listAllErrors",
    summary: "Failures over all runs, by cause",
    description:
      "Failed items and failed runs among the newest runs that the caller may see, with counts for each day. Sorted by count.",
    querystring: failuresQuery,
    response: answers({ 200: failurePage }),
  };
  const config = { isLong: true };
  app.get("/api/errors", { schema: allErrorsSchema, config }, async (request) => {
    const { owner, category, dayOffsetMs = 0, workflow, since } = request.query;
    const asOf = context.nowMs();
    const from = since ?? asOf - SINCE_DEFAULT_MS;
    const of = ownerFilter(callerOf(request), owner);
    const found = of === null ? NOTHING : await runs.failures({ ...of, workflow, since: from, dayOffsetMs });
    const marks = await runs.causeMarks(["", scopeOf(callerOf(request))]);
    // Their own last, in whose place no other stands.
    const sorted = [...marks].sort((a, b) => (a.scope === b.scope ? 0 : a.scope === "" ? -1 : 1));
    return groupFailures(found, { asOf, since: from, dayOffsetMs, category, marks: sorted });
  });

  const markSchema = {
    tags: TAGS.runs,
    operationId: "markCause",
    summary: "Resolve, ignore or reopen a cause of failures",
    description:
      "An admin's mark holds for everybody, a user's for their own view. A resolved cause comes back if it occurs again; an ignored one does not.",
    params: causeParams,
    querystring: noQuery,
    body: causeBody,
    response: answers({ 200: causeMark }),
  };
  app.post("/api/errors/:fingerprint", { schema: markSchema }, async (request) => {
    const { fingerprint } = request.params;
    const { state, note = null } = request.body;
    const acting = actingFor(context, request);
    await acting.runs.markCause(fingerprint, scopeOf(callerOf(request)), state === "open" ? null : state, note);
    return { fingerprint, state };
  });
}

/** An admin speaks for everybody. */
const scopeOf = (caller: Caller) => (caller.role === "admin" ? "" : caller.id);

const SINCE_DEFAULT_MS = 30 * 86_400_000;
const NOTHING = { rows: [], isWhole: true };

type MapView = Awaited<ReturnType<Holdfast["runs"]["maps"]>>[number];
const NO_LANES = { startedAt: 0, laneCount: 0, spans: [], now: [], moreCount: 0 };
const NO_CELLS = { cells: "", cellCount: 0, perCell: 1, counts: { kept: 0, done: 0, failed: 0, inFlight: 0 } };

/** @throws {RequestMalformedError} — where the run has several maps and none was named, or none of that name. */
function theMap(maps: readonly MapView[], stage: string | undefined): MapView | null {
  const found = stage === undefined ? maps : maps.filter((map) => map.stage === stage);
  if (found.length === 1 || (found.length === 0 && stage === undefined)) return found[0] ?? null;
  const names = maps.map((map) => map.stage).join(", ");
  const message = names === "" ? "the run has no maps" : `name one of the run's maps: ${names}`;
  throw new RequestMalformedError({ subject: "the query", issues: [{ path: "stage", message }] });
}
