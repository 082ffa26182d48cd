/** What a run recorded, and what there is besides runs: events, items, artifacts, checkpoints, plans, workflows, datasets. */
import { RUN_EVENT_TYPES } from "@holdfast/core";
import { z } from "zod";
import { recordedError, stage } from "./run.js";
import { count, durationMs, instant, rangeOf, reason, runStatus } from "./scalars.js";

const usdRange = rangeOf(z.number());

export const event = z.looseObject({
  runId: z.string(),
  seq: count.meta({ description: "1, 2, 3, … without gaps." }),
  type: z.enum(RUN_EVENT_TYPES),
  at: instant,
  data: z.unknown(),
});

export const eventPage = z.looseObject({
  rows: z.array(event),
  next: count.meta({ description: "`after` of the next page." }),
  head: count.meta({ description: "The newest event's number." }),
  epoch: count.meta({ description: "Changes when the run was deleted and created again under its ID." }),
});

export const stagePage = z.looseObject({ rows: z.array(stage) });

export const itemPage = z.looseObject({
  stage: z.string(),
  rows: z.array(
    z.looseObject({
      key: z.string(),
      label: z.string().nullable().meta({ description: "The item's label from `itemLabel` of the map, as text." }),
      outcome: z.enum(["ok", "error"]),
      output: z.unknown(),
      error: recordedError.nullable(),
      category: z.string().nullable(),
      attempts: count,
      startedAt: instant,
      finishedAt: instant,
      usage: z.unknown(),
      costUsd: z.number().nullable().meta({
        description:
          "US dollars of the calls whose price is known; null if calls were made and none of them has a known cost.",
      }),
      unpriced: z
        .looseObject({ calls: count, tokens: count })
        .nullable()
        .meta({ description: "Calls of unknown price, with their tokens; null if there are none." }),
    }),
  ),
  next: z.string().nullable(),
});

export const artifactPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      stage: z.string(),
      attempt: count,
      name: z.string(),
      sha256: z.string(),
      sizeBytes: count,
      href: z.string(),
    }),
  ),
});

export const checkpointPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      stage: z.string(),
      attempt: count,
      savedAt: instant,
      sizeBytes: count,
      keys: z.array(z.string()),
      sample: z.unknown(),
      isValid: z.boolean().nullable(),
      problems: z.array(z.looseObject({ code: z.string(), message: z.string(), isFatal: z.boolean() })),
    }),
  ),
});

const option = { isAllowed: z.boolean(), why: z.string().nullable() };

export const recoveryOptions = z.looseObject({
  runId: z.string(),
  status: runStatus,
  resume: z.looseObject({
    ...option,
    fromStage: z.string().nullable(),
    keepsStages: z.array(z.string()),
    keepsItems: count.nullable(),
    redoesItems: count.nullable(),
    estimatedMs: durationMs.nullable(),
    estimatedUsd: usdRange.nullable(),
  }),
  restart: z.looseObject({ ...option, losesStages: z.array(z.string()), estimatedMs: durationMs.nullable() }),
  fork: z.looseObject({ ...option, fromStages: z.array(z.string()) }),
  checkpoint: z.looseObject({ stages: z.array(z.string()), sizeBytes: count, isValid: z.boolean().nullable() }),
  recoveriesLeft: count,
  retriesLeft: count,
});

export const plan = z.looseObject({
  runId: z.string(),
  planId: z.string().meta({ description: "For a resume that applies exactly this plan." }),
  keeps: z.array(z.string()),
  redoes: z.array(z.string()),
  unknown: z.array(z.string()).meta({ description: "Stages that depend on what runs before them." }),
  refusal: z
    .looseObject({ code: z.string(), message: z.string() })
    .nullable()
    .meta({ description: "Why the resume would be refused; null if it would be accepted." }),
  ending: z.looseObject({ status: z.string(), reason: z.string().nullable() }).nullable(),
  drift: z.array(z.looseObject({ what: z.string(), was: z.string(), now: z.string() })),
  maps: z.array(
    z.looseObject({
      stage: z.string(),
      keep: count.nullable(),
      items: count.nullable(),
      calls: count.nullable(),
      costUsd: usdRange.nullable(),
    }),
  ),
  items: count.nullable(),
  itemCalls: count.nullable(),
  maybeCharged: count,
  costUsd: usdRange.nullable(),
  timeMs: durationMs.nullable(),
});

export const workflowPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      name: z.string(),
      version: z.string().nullable(),
      stages: z.array(z.looseObject({ name: z.string() })).nullable(),
      recovery: z.looseObject({}),
      search: z.array(z.string()).optional().meta({ description: "Input fields by which runs can be listed." }),
      input: z
        .unknown()
        .meta({ description: "JSON Schema of the input; null if the schema library cannot provide it." }),
    }),
  ),
});

/** A dataset by its name. */
export const datasetParams = z.object({ name: z.string().max(128).meta({ description: "Name of the dataset." }) });

const datasetAct = {
  checkOnly: z.boolean().optional().meta({ description: "Only show what would be removed." }),
  reason: reason.optional(),
};

/** The keys are in the body: addresses are logged. */
export const datasetActBody = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("delete"),
    version: z.number().int().min(1).optional().meta({ description: "Only this version. Default: all." }),
    ...datasetAct,
  }),
  z.strictObject({
    action: z.literal("erase"),
    keys: z.array(z.string().min(1).max(1_024)).min(1).max(1_000),
    ...datasetAct,
  }),
]);

export const datasetDeletion = z.looseObject({
  versions: z.array(z.looseObject({ name: z.string(), version: count })),
  rows: count,
  finishedRuns: z.array(z.looseObject({ runId: z.string(), status: runStatus })),
  isCheckOnly: z.boolean(),
});

/** Where files lie on the server's disk stays there: they are counted. */
export const keyErasure = z.looseObject({
  ...{ rows: count, results: count, failures: count, attempts: count, paid: count, checkpoints: count, words: count },
  erasedBefore: count,
  runs: z.array(z.string()),
  stays: z.array(z.looseObject({ runId: z.string(), what: z.string(), stage: z.string().nullable() })),
  sourceCount: count,
  fileCount: count,
  isCheckOnly: z.boolean(),
  compaction: z.looseObject({ kind: z.string() }).nullable(),
});

export const datasetPage = z.looseObject({
  rows: z.array(z.looseObject({ name: z.string(), version: count, rowCount: count, ingestedAt: instant })),
});
