/** One action on many runs: first a preview, then a job of the server with the preview's ID. */
import { z } from "zod";
import { onlyWords } from "./act.js";
import { count, instant, rangeOf, reason, runId, runStatus } from "./scalars.js";

export const BULK_ACTIONS = ["pause", "resume", "cancel", "restart", "delete"] as const;

/** The body of POST /api/bulk: the runs, by the filters of the list or by ID. */
export const bulkBody = z
  .strictObject({
    action: z.enum(BULK_ACTIONS),
    query: z
      .string()
      .max(4_000)
      .optional()
      .meta({ description: "Filters as in the query of `GET /api/runs`: `status=failed&field.country=NO`." }),
    runIds: z.array(runId).min(1).max(1_000).optional(),
    only: onlyWords.optional().meta({ description: "For a resume: which items of finished maps are tried again." }),
  })
  .refine(({ query, runIds }) => (query === undefined) !== (runIds === undefined), "either query or runIds is expected")
  .refine(({ action, only }) => action === "resume" || only === undefined, {
    path: ["only"],
    message: "only a resume takes it",
  });
export type BulkBody = z.output<typeof bulkBody>;

/** Preview of the action. */
export const bulkPlan = z.looseObject({
  planId: z.string(),
  action: z.enum(BULK_ACTIONS),
  only: z
    .string()
    .nullable()
    .meta({ description: "Which items of finished maps a resume tries again; null otherwise." }),
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
      items: count.nullable().meta({ description: "Items that get a new result." }),
      calls: count.nullable(),
      costUsd: rangeOf(z.number()).nullable(),
      maybeCharged: count.meta({
        description: "Calls that were in progress when a worker died, and may have been charged: an upper bound.",
      }),
    })
    .nullable()
    .meta({ description: "For a resume: its items, calls and cost; null values are unknown." }),
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

/** A job, running or finished. */
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
