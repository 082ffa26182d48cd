/** Path parameters and queries. A key given twice, an unknown key or a value out of range is refused. */
import { ERROR_CATEGORIES, RUN_EVENT_TYPES } from "@holdfast/core";
import { z } from "zod";
import { callerName, cursor, name, queryCount, queryFlag, runId, runStatus } from "./scalars.js";

export const runParams = z.object({ runId });
export const artifactParams = z.object({ runId, "*": z.string().max(2_000) });

export const noQuery = z.strictObject({});

export const listQuery = z.strictObject({
  status: z
    .string()
    .transform((words) => words.split(","))
    .pipe(z.array(runStatus).min(1))
    .optional()
    .meta({ type: "string", description: "One, or several with commas." }),
  workflow: name.optional(),
  owner: callerName.optional(),
  resumable: queryFlag.optional(),
  idPrefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "the beginning of a run id is expected")
    .optional()
    .meta({ description: "Runs whose id begins so." }),
  updatedSince: queryCount(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "Moved at this instant or later, or at work: pass `asOf` of the answer before." }),
  limit: queryCount(1, 200).optional().meta({ description: "Default 50." }),
  cursor: cursor.optional(),
});
export type ListQuery = z.output<typeof listQuery>;

export const eventsQuery = z.strictObject({
  after: queryCount(0, 2 ** 32)
    .optional()
    .meta({ description: "Events after this number; default 0." }),
  limit: queryCount(1, 1_000).optional().meta({ description: "Default 200." }),
  type: z.enum(RUN_EVENT_TYPES).optional(),
  stage: name.optional(),
  live: queryFlag.optional().meta({
    description: "Of the stream: progress and heads as well, as `run:progress` and `run:head`. Default false.",
  }),
});

export const itemsQuery = z.strictObject({
  stage: name.optional().meta({ description: "Of which map; needed where the run has several." }),
  outcome: z.enum(["ok", "error"]).optional(),
  category: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ examples: [...ERROR_CATEGORIES] }),
  limit: queryCount(1, 500).optional().meta({ description: "Default 100." }),
  cursor: z.string().min(1).max(2_000).optional(),
});

export const stageQuery = z.strictObject({ stage: name.optional() });

export const artifactQuery = z.strictObject({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .meta({ description: "As recorded: then the answer may be kept for ever." }),
});

export const managementQuery = z.strictObject({
  limit: queryCount(1, 500).optional().meta({ description: "Active runs shown; default 100." }),
});

export const auditQuery = z.strictObject({
  runId: runId.optional(),
  actor: callerName.optional(),
  action: z.string().min(1).max(40).optional(),
  limit: queryCount(1, 500).optional().meta({ description: "Default 100." }),
  cursor: cursor.optional(),
});
