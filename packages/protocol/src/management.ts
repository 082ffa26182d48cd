/** Run management over HTTP: statistics, recover, checkTimeouts, cleanup, workers, audit. */
import { AUDIT_ACTIONS, DURATION_MAX_DAYS } from "@holdfast/core";
import { z } from "zod";
import { health } from "./run.js";
import { callerName, count, durationMs, givenDurationMs, instant, name, runId, runStatus } from "./scalars.js";

const planned = {
  checkOnly: z.boolean().optional().meta({ description: "Show the decisions without writing anything." }),
  planId: z.string().min(1).max(200).optional().meta({ description: "Apply only if it still matches this plan." }),
};
const limits = {
  idleTimeoutMs: givenDurationMs.optional(),
  maxRetries: count.optional(),
  maxRecoveries: count.optional(),
};

/** The body of POST /api/management. */
export const managementBody = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("recover"), runId: runId.optional(), ...limits, ...planned }),
  z.strictObject({ action: z.literal("checkTimeouts"), ...limits, ...planned }),
  z.strictObject({
    action: z.literal("cleanup"),
    olderThanDays: z
      .number()
      .nonnegative()
      .max(DURATION_MAX_DAYS)
      .meta({ description: "Minimum age by finishedAt; fractions allowed." }),
    statuses: z
      .array(z.enum(["completed", "failed", "cancelled"]))
      .min(1)
      .max(3)
      .optional(),
    workflow: name.optional(),
    owner: callerName.optional(),
    keepLast: count.optional(),
    ...planned,
  }),
  z.strictObject({ action: z.literal("startSupervisor") }),
  z.strictObject({ action: z.literal("stopSupervisor") }),
]);
export type ManagementBody = z.output<typeof managementBody>;

export const statistics = z.looseObject({
  asOf: instant,
  active: z.looseObject({ queued: count, running: count, waiting: count, paused: count }),
  recent: z.looseObject({ windowMs: durationMs, completed: count, failed: count, cancelled: count }),
  groups: z
    .array(
      z.looseObject({
        workflow: z.string().nullable(),
        owner: z.string().nullable(),
        ...{
          queued: count,
          running: count,
          waiting: count,
          paused: count,
          completed: count,
          failed: count,
          cancelled: count,
        },
      }),
    )
    .optional()
    .meta({ description: "The same counts for each group; only with `groupBy`." }),
  successRate: z.number().min(0).max(1).nullable(),
  config: z.looseObject({}),
  supervisor: z.looseObject({
    lastScanAt: instant.nullable(),
    recovered: count,
    failed: count,
    workers: count,
    supervisors: count,
  }),
});

/** Whether the server itself supervises, in addition to a worker in its process. */
export const supervisorState = z.looseObject({
  isSupervising: z.boolean(),
  startedAt: instant.nullable(),
  lastScanAt: instant.nullable(),
});

export const managementView = statistics.extend({
  serverSupervisor: supervisorState,
  activeRuns: z.array(health).meta({ description: "Stuck runs first." }),
});

export const managementReport = z.looseObject({
  planId: z.string(),
  isCheckOnly: z.boolean(),
  scanned: count,
  runs: z.array(
    z.looseObject({
      runId: z.string(),
      workflow: z.string(),
      cause: z.enum(["stalled", "idle", "neverStarted"]),
      action: z.enum(["resume", "pause", "fail", "cancel"]),
      reason: z.string(),
    }),
  ),
});

export const cleanupReport = z.looseObject({
  planId: z.string(),
  isCheckOnly: z.boolean(),
  count,
  freedBytes: count,
  leftovers: z.looseObject({ count, freedBytes: count, runIds: z.array(z.string()) }),
  datasets: z.looseObject({
    count,
    rows: count,
    versions: z.array(z.looseObject({ name: z.string(), version: count })),
  }),
  runs: z.array(z.looseObject({ runId: z.string(), workflow: z.string(), status: runStatus, finishedAt: instant })),
});

export const workerPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      holder: z.looseObject({ name: z.string(), host: z.string(), pid: z.number().int() }),
      workflows: z.array(z.string()),
      concurrency: count,
      executing: count,
      isSupervising: z.boolean(),
      startedAt: instant,
      seenAt: instant,
      isDead: z.boolean(),
    }),
  ),
});

export const auditPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      id: count,
      at: instant,
      actor: z.looseObject({ id: z.string(), via: z.string(), requestId: z.string().nullable() }),
      action: z.enum(AUDIT_ACTIONS),
      reason: z.string().nullable(),
      runId: z.string().nullable(),
    }),
  ),
  next: z.string().nullable(),
});
