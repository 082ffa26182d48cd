/** Schedules over HTTP: users see and change those that they own, admins all. Somebody else's is answered like none. */
import { ForbiddenError, ScheduleNotFoundError, ScheduleRefusedError, UnknownWorkflowError } from "@holdfast/core";
import type { ScheduleView } from "@holdfast/engine";
import {
  noQuery,
  scheduleActBody,
  scheduleActed,
  scheduleBody,
  schedulePage,
  scheduleParams,
  schedulesQuery,
  scheduleView,
} from "@holdfast/protocol";
import type { FastifyRequest } from "fastify";
import { auditDenied } from "../auth/audit-denied.js";
import { callerOf } from "../auth/guard.js";
import { actingFor, mayUse, ownerFilter } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { admitInput } from "../inputs/admit-input.js";
import { inBody } from "./in-body.js";
import { answers, TAGS } from "./schemas.js";
import { ownerFor } from "./uploads.js";

const LIST_DEFAULT = 100;
/** Ticks shown of each. */
const TICKS_COUNT = 20;

export function scheduleRoutes(app: App, context: ServerContext): void {
  const { schedules } = context.holdfast;
  const withTicks = async (schedule: ScheduleView) => ({
    ...schedule,
    ticks: await schedules.ticks(schedule.name, { limit: TICKS_COUNT }),
  });
  const at = { tags: TAGS.schedules };

  const listSchema = {
    ...at,
    operationId: "listSchedules",
    summary: "Schedules, by name",
    description: "The schedules that the caller may see, each with its next five instants and its last twenty ticks.",
    querystring: schedulesQuery,
    response: answers({ 200: schedulePage }),
  };
  app.get("/api/schedules", { schema: listSchema }, async (request) => {
    const { owner, state, limit = LIST_DEFAULT, ...query } = request.query;
    const of = ownerFilter(callerOf(request), owner);
    if (of === null) return { rows: [], next: null };
    const states = state === undefined ? undefined : [state];
    const found = await schedules.list({ ...query, ...of, states, limit: limit + 1 });
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.name ?? null) : null;
    return { rows: await Promise.all(page.map(withTicks)), next };
  });

  const getSchema = {
    ...at,
    operationId: "getSchedule",
    summary: "A schedule",
    description: "When it ticks, what it starts, who changed it last, and its last twenty ticks.",
    params: scheduleParams,
    querystring: noQuery,
    response: answers({ 200: scheduleView }),
  };
  app.get("/api/schedules/:name", { schema: getSchema }, async (request) =>
    withTicks(await requireOwn(context, request, request.params.name)),
  );

  const putSchema = {
    ...at,
    operationId: "putSchedule",
    summary: "Create or change a schedule",
    description:
      "It begins at now, and is a person's from then on: the code no longer changes it. A paused schedule stays paused.",
    params: scheduleParams,
    querystring: noQuery,
    body: scheduleBody,
    response: answers({ 200: scheduleView }),
  };
  app.put("/api/schedules/:name", { schema: putSchema }, async (request) => {
    const { name } = request.params;
    const { body } = request;
    const caller = callerOf(request);
    if (body.owner !== undefined && body.owner !== caller.id && caller.role !== "admin") {
      const what = "put a schedule for another user";
      throw new ForbiddenError({ caller: caller.id, role: caller.role, what, needs: ["admin"] });
    }
    const there = await find(context, name);
    if (there !== null && !mayUse(caller, there)) {
      await auditDenied(context, request, caller, null, `schedule ${name} is another owner's`);
      throw new ScheduleRefusedError({ schedule: name, problem: "cannot be put: the name is taken" });
    }
    const known = context.holdfast.workflows.map((workflow) => workflow.name);
    if (!known.includes(body.workflow))
      throw new UnknownWorkflowError({ workflow: body.workflow, known: known.sort() });
    const input = await admitInput(context, body.workflow, body.input, { under: "input", owner: ownerFor(request) });
    const owner = body.owner ?? (there === null ? caller.id : (there.owner ?? undefined));
    const put = actingFor(context, request).schedules.put(name, { ...body, input, owner });
    return withTicks(await put.catch((error) => inBody("input", error)));
  });

  const actSchema = {
    ...at,
    operationId: "actOnSchedule",
    summary: "Pause, resume, trigger, back-fill or delete a schedule",
    description: "`backfill` with `checkOnly` says what would be started and writes nothing.",
    params: scheduleParams,
    querystring: noQuery,
    body: scheduleActBody,
    response: answers({ 200: scheduleActed }),
  };
  app.post("/api/schedules/:name/actions", { schema: actSchema }, async (request) => {
    const { name } = await requireOwn(context, request, request.params.name, true);
    const acting = actingFor(context, request).schedules;
    const { body } = request;
    const { reason } = body;
    const done = await (async () => {
      switch (body.action) {
        case "pause":
        case "resume":
        case "delete":
          await acting[body.action](name, { reason });
          return {};
        case "trigger":
          return { trigger: await acting.trigger(name, { reason }) };
        case "backfill": {
          const { from, to, checkOnly } = body;
          return { backfill: await acting.backfill(name, { from, to, checkOnly, reason }) };
        }
      }
    })();
    return { schedule: await withTicks(await schedules.get(name)), ...done };
  });
}

async function find({ holdfast }: ServerContext, name: string): Promise<ScheduleView | null> {
  try {
    return await holdfast.schedules.get(name);
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** @throws {ScheduleNotFoundError} SCHEDULE_NOT_FOUND — also for somebody else's, without names that come near. */
async function requireOwn(
  context: ServerContext,
  request: FastifyRequest,
  name: string,
  toAct = false,
): Promise<ScheduleView> {
  const found = await find(context, name);
  const caller = callerOf(request);
  if (found !== null && mayUse(caller, found)) return found;
  if (found !== null && toAct) {
    await auditDenied(context, request, caller, null, `schedule ${name} is another owner's`);
  }
  throw new ScheduleNotFoundError({ schedule: name, near: [] });
}
