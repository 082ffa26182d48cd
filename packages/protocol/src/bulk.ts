/** One act on many runs: first a preview, which becomes a job of the server with the preview's id. */
import { z } from "zod";
import { count, instant, rangeOf, reason, runId, runStatus } from "./scalars.js";

export const BULK_ACTIONS = ["pause", "resume", "cancel", "restart", "delete"] as const;

/** The body of POST /api/bulk: which runs, by the list's own filters or by id. */
export const bulkBody = z
  .strictObject({
    action: z.enum(BULK_ACTIONS),
    query: z
      .string()
      .max(4_000)
      .optional()
      .meta({ description: "Filters as in the query of `GET /api/runs`: `status=failed&field.country=NO`." }),
    runIds: z.array(runId).min(1).max(1_000).optional(),
  })
  .refine(
    ({ query, runIds }) => (query === undefined) !== (runIds === undefined),
    "either query or runIds is expected",
  );
export type BulkBody = z.output<typeof bulkBody>;

/** What the act would do. */
export const bulkPlan = z.looseObject({
  planId: z.string(),
  action: z.enum(BULK_ACTIONS),
  asOf: instant,
  matched: count.meta({ description: "Number of runs that were examined." }),
  isWhole: z
    .boolean()
    .meta({ description: "False if more runs match than one job can take; these are then the newest." }),
  count: count.meta({ description: "Number of runs that the action applies to." }),
  byStatus: z.record(z.string(), count).meta({ description: "These runs by status." }),
  skipped: z.array(z.looseObject({ reason: z.string(), count, examples: z.array(z.string()) })),
  runs: z
    .array(z.looseObject({ runId: z.string(), workflow: z.string(), status: runStatus }))
    .meta({ description: "The newest of the runs that the action applies to." }),
  estimate: z
    .looseObject({
      runs: count.meta({ description: "Number of runs, the newest, for which plans were made." }),
      calls: count.nullable(),
      costUsd: rangeOf(z.number()).nullable(),
    })
    .nullable()
    .meta({ description: "For a resume: its calls and cost; null values are unknown." }),
});
export type BulkPlan = z.output<typeof bulkPlan>;

export const bulkStart = z.strictObject({ planId: z.string().min(1).max(80), reason: reason.optional() });

export const bulkParams = z.object({ jobId: z.string().min(1).max(80) });

export const bulkWaitQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,9}$/, "a whole number is expected")
    .transform(Number)
    .optional()
    .meta({
      type: "integer",
      description: "Waits, seconds at most, until `revision` is beyond this or the job is over.",
    }),
});

/** A job under way, or one that is over. */
export const bulkJob = z.looseObject({
  jobId: z.string(),
  action: z.enum(BULK_ACTIONS),
  state: z.enum(["running", "done", "aborted"]),
  revision: count,
  total: count,
  done: count.meta({ description: "Runs that were acted on." }),
  refused: count.meta({ description: "Runs that were left alone: they had moved since the preview, or could not be." }),
  refusals: z.array(z.looseObject({ runId: z.string(), message: z.string() })).meta({ description: "The first 20." }),
  by: z.string(),
  startedAt: instant,
  finishedAt: instant.nullable(),
});
export type BulkJob = z.output<typeof bulkJob>;
