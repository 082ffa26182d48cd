/** Two runs beside each other: what was asked differently, what came out differently. The same engine answers `holdfast diff`. */
import { z } from "zod";
import { count, durationMs, instant, name, queryCount, runId, runStatus } from "./scalars.js";

/** The ways in which an item differs between two runs. */
export const ITEM_CHANGES = ["changed", "okToError", "errorToOk", "onlyInA", "onlyInB", "same"] as const;

const both = { a: runId, b: runId };

export const compareQuery = z.strictObject({
  ...both,
  stage: name.optional().meta({ description: "Only this stage." }),
});

export const compareItemsQuery = z.strictObject({
  ...both,
  stage: name,
  change: z.enum(ITEM_CHANGES),
  limit: queryCount(1, 200).optional().meta({ description: "Default 100." }),
  cursor: z.string().min(1).max(2_000).optional(),
});

export const compareArtifactQuery = z.strictObject({ ...both, stage: name, name: z.string().min(1).max(2_000) });

const jsonChange = z.looseObject({
  path: z.string(),
  kind: z.enum(["added", "removed", "changed"]),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});

/** The first of them, with how many there are. */
const changes = z.looseObject({ count, first: z.array(jsonChange) });

const comparedRun = z.looseObject({
  id: z.string(),
  workflow: z.string(),
  version: z.string().nullable(),
  status: runStatus,
  owner: z.string().nullable(),
  input: z.unknown(),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  durationMs: durationMs.nullable().meta({ description: "From its first claim to its end; null if it has not ended." }),
  costUsd: z.number().nullable().meta({ description: "Cost of its maps; null if none has a known price." }),
  items: z.looseObject({ done: count, failed: count, total: count.nullable() }).nullable(),
});

const keys = z.looseObject({ count, firstKeys: z.array(z.string()) });

export const artifactDifference = z.looseObject({
  name: z.string(),
  onlyIn: z.enum(["a", "b"]).optional(),
  kind: z.enum(["json", "text", "binary"]),
  isEqual: z.boolean().optional().meta({ description: "True if it is the same in both." }),
  bytes: z.array(count).length(2).optional(),
  sha256: z.array(z.string()).length(2).optional(),
  changes: changes.optional().meta({ description: "Changes of a JSON file, by path." }),
  lines: z
    .looseObject({
      count: count.meta({ description: "Number of added and removed lines." }),
      hunks: z.array(
        z.looseObject({
          beforeLine: count,
          afterLine: count,
          edits: z.array(z.looseObject({ kind: z.enum(["same", "added", "removed"]), text: z.string() })),
        }),
      ),
    })
    .optional()
    .meta({ description: "Changes of a text file, by line." }),
});

export const comparison = z.looseObject({
  a: comparedRun,
  b: comparedRun,
  isEqual: z
    .boolean()
    .meta({ description: "Whether the records are equal; this is possible even for different requests." }),
  asked: changes.meta({ description: "Differences in the request: input fields, workflow, version, `through`." }),
  equalStages: z.array(z.string()),
  durations: z.array(z.looseObject({ stage: z.string(), a: durationMs.nullable(), b: durationMs.nullable() })),
  stages: z.array(
    z.looseObject({
      stage: z.string(),
      onlyIn: z.enum(["a", "b"]).optional(),
      output: changes,
      artifacts: z.array(artifactDifference),
      items: z
        .looseObject({
          inBoth: count,
          same: count,
          changed: keys,
          okToError: keys,
          errorToOk: keys,
          onlyInA: keys,
          onlyInB: keys,
        })
        .optional()
        .meta({ description: "Present if the stage is a map in both runs." }),
    }),
  ),
  workflow: z
    .looseObject({ document: z.unknown(), lines: z.array(z.string()) })
    .nullable()
    .meta({
      description: "Result of the workflow's own comparison, as a document and as lines; null if it has none.",
    }),
});

export const itemPairPage = z.looseObject({
  rows: z.array(z.looseObject({ key: z.string(), a: z.unknown(), b: z.unknown() })),
  next: z.string().nullable().meta({ description: "A page may be short before the end: continue while this is set." }),
});
