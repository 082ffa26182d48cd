/** Schemas of schedules: a view with its last ticks, the body that puts one, and the acts on one. */
import { SCHEDULE_CATCH_UPS, SCHEDULE_OVERLAPS, SCHEDULE_STATES, TICK_KINDS, TICK_OUTCOMES } from "@holdfast/core";
import { z } from "zod";
import { callerName, count, durationMs, instant, name, queryCount, reason, runStatus } from "./scalars.js";

const tickKind = z.enum(TICK_KINDS);
const tickOutcome = z.enum(TICK_OUTCOMES);

const tick = z.looseObject({
  kind: tickKind,
  at: instant,
  outcome: tickOutcome,
  runId: z.string().nullable(),
  reason: z.string().nullable(),
  count: count.meta({ description: "Ticks that this one stands for: several that were missed are one record." }),
  recordedAt: instant,
  status: runStatus.nullable().meta({ description: "State of the run; null without one." }),
});

export const scheduleView = z.looseObject({
  name: z.string(),
  workflow: z.string(),
  owner: z.string().nullable(),
  source: z.enum(["code", "person"]),
  state: z.enum(SCHEDULE_STATES),
  cron: z.string().nullable(),
  timezone: z.string().nullable(),
  everyMs: durationMs.nullable(),
  words: z.string().meta({ description: "When it ticks, in words." }),
  overlap: z.enum(SCHEDULE_OVERLAPS),
  catchUp: z.enum(SCHEDULE_CATCH_UPS),
  jitterMs: durationMs,
  delayMs: durationMs.meta({ description: "Delay of each run after its tick." }),
  input: z.unknown(),
  next: z
    .array(instant)
    .meta({ description: "The next five ticks; of one that is not active, as if it were resumed now." }),
  nextAt: instant.nullable(),
  problem: z.string().nullable(),
  lastAt: instant.nullable(),
  activeCount: count,
  pendingCount: count,
  changedBy: z.string().nullable(),
  changedAt: instant,
  reason: z.string().nullable(),
  declaredAt: instant.nullable(),
  createdAt: instant,
  zoneVersion: z.string(),
  ticks: z.array(tick).meta({ description: "Newest first, at most 20." }),
});

export const schedulePage = z.looseObject({
  rows: z.array(scheduleView),
  next: z.string().nullable().meta({ description: "`after` of the next page." }),
});

export const schedulesQuery = z.strictObject({
  workflow: name.optional(),
  owner: callerName.optional(),
  state: z.enum(SCHEDULE_STATES).optional(),
  after: name.optional(),
  limit: queryCount(1, 200).optional(),
});

export const scheduleParams = z.strictObject({ name });

/** The body of PUT /api/schedules/:name. What cannot be meant in it is told by the engine, with SCHEDULE_INVALID. */
export const scheduleBody = z.strictObject({
  workflow: name,
  cron: z.string().min(1).max(200).optional(),
  timezone: z.string().min(1).max(100).optional(),
  everyMs: z.number().optional(),
  input: z.unknown().optional().meta({ description: "A value that the workflow's input schema accepts." }),
  overlap: z.enum(SCHEDULE_OVERLAPS).optional(),
  catchUp: z.enum(SCHEDULE_CATCH_UPS).optional(),
  jitterMs: z.number().optional(),
  owner: callerName.optional().meta({ description: "Default: the caller. Only an admin may set another." }),
  reason: reason.optional(),
});

/** The actions on a schedule. */
export const SCHEDULE_ACTIONS = ["pause", "resume", "trigger", "backfill", "delete"] as const;
/** One of `SCHEDULE_ACTIONS`. */
export type ScheduleAction = (typeof SCHEDULE_ACTIONS)[number];

const withReason = { reason: reason.optional() };

export const scheduleActBody = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("pause"), ...withReason }),
  z.strictObject({ action: z.literal("resume"), ...withReason }),
  z.strictObject({ action: z.literal("trigger"), ...withReason }),
  z.strictObject({
    action: z.literal("backfill"),
    ...withReason,
    from: instant.nonnegative(),
    to: instant.nonnegative(),
    checkOnly: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal("delete"), ...withReason }),
]);

const tickDone = z.looseObject({
  kind: tickKind,
  at: instant,
  outcome: tickOutcome,
  runId: z.string().nullable(),
  reason: z.string().nullable(),
  isRepeated: z.boolean(),
});

/** The answer to an act: the schedule as it is then, with what was started. */
export const scheduleActed = z.looseObject({
  schedule: scheduleView,
  trigger: tickDone.optional(),
  backfill: z
    .looseObject({
      isCheckOnly: z.boolean(),
      starts: z.array(instant),
      ran: z.array(instant).meta({ description: "Instants that had their run already." }),
      order: z.enum(["at once", "one after the other"]),
      done: z.array(tickDone),
    })
    .optional(),
});
