/** A run as HTTP returns it: the engine's `RunView` with its revision and health. Fields may be added, never renamed. */
import { WAIT_KINDS } from "@holdfast/core";
import { z } from "zod";
import { count, durationMs, instant, rangeOf, runStatus } from "./scalars.js";

export const recordedError = z.looseObject({
  name: z.string(),
  message: z.string(),
  code: z.string().optional(),
  category: z.string().optional(),
});

export const progress = z.looseObject({
  done: count,
  total: count.nullable(),
  failed: count,
  ratePerS: z.number().nullable(),
  etaMs: rangeOf(durationMs).nullable(),
  label: z.string().nullable(),
});

export const lease = z.looseObject({
  holder: z.string(),
  host: z.string(),
  pid: z.number().int(),
  since: instant,
  expiresAt: instant,
});

export const attempt = z.looseObject({
  attempt: count,
  generation: count,
  status: z.enum(["running", "waiting", "completed", "failed", "interrupted"]),
  label: z.string().nullable().meta({ description: "The label given by its caller, as text; null if there is none." }),
  startedAt: instant,
  finishedAt: instant.nullable(),
  error: recordedError.nullable(),
  wait: z
    .looseObject({ kind: z.enum(WAIT_KINDS), dueAt: instant.nullable() })
    .nullable()
    .meta({ description: "What the stage waits or waited for; null if it is or was executed." }),
});

export const stage = z.looseObject({
  name: z.string(),
  title: z.string(),
  label: z.string().nullable().meta({ description: "The newest label of its attempts, as text." }),
  kind: z.enum(["primary", "review", "gate"]),
  status: z.enum(["pending", "running", "waiting", "completed", "failed", "interrupted"]),
  attempts: z.array(attempt),
});

/** Health of one run. */
export const health = z.looseObject({
  runId: z.string(),
  workflow: z.string(),
  status: runStatus,
  progress,
  percent: z.number().min(0).max(100).nullable(),
  ageMs: durationMs,
  idleMs: durationMs,
  lastActivityAt: instant,
  stuck: z.boolean(),
  stuckReason: z.string().nullable(),
  etaMs: rangeOf(durationMs).nullable(),
  timeoutAt: instant.nullable(),
  recoveriesLeft: count,
  retriesLeft: count,
  lastError: z
    .looseObject({ message: z.string(), at: instant.nullable(), isRetried: z.boolean() })
    .nullable()
    .meta({ description: "The last error, since when, and whether it is being retried now." }),
  lease: lease.nullable(),
});

/** A row of the list: the run without its stages and output, which would each cost a read. */
export const runSummary = z.looseObject({
  id: z.string(),
  workflow: z.string(),
  version: z.string().nullable(),
  schemaVersion: count,
  generation: count,
  status: runStatus,
  reason: z.string().nullable(),
  owner: z.string().nullable(),
  input: z.unknown(),
  search: z
    .record(z.string(), z.unknown())
    .meta({ description: "Values of the search fields that its workflow declares." }),
  createdAt: instant,
  startedAt: instant.nullable(),
  updatedAt: instant,
  finishedAt: instant.nullable(),
  timeoutAt: instant.nullable(),
  wakeAt: instant.nullable(),
  through: z.string().nullable(),
  retries: count,
  recoveries: count,
  lastError: recordedError.nullable(),
  lastErrorAt: instant.nullable().meta({ description: "When `lastError` occurred." }),
  progress,
  lease: lease.nullable(),
  error: recordedError.nullable(),
  costUsd: z.number().nullable().optional().meta({
    description: "What the calls of its current generation cost; null without a map, or where no price is known.",
  }),
  head: count,
  forkedFrom: z.looseObject({ runId: z.string(), stage: z.string() }).nullable(),
  parent: z
    .looseObject({ runId: z.string(), stage: z.string() })
    .nullable()
    .meta({ description: "Run that started it as its child, and the stage that did." }),
  /** Digest of the code under which it records. */
  code: z.string().nullable(),
  revision: z.string().meta({ description: "Revision of the control state: the ETag without its quotes." }),
  wish: z
    .looseObject({ kind: z.enum(["pause", "cancel", "fail"]), reason: z.string().nullable() })
    .nullable()
    .meta({ description: "A request that the run's worker has not applied yet." }),
});

export const run = runSummary.extend({ stages: z.array(stage), output: z.unknown(), health });

export const runPage = z.looseObject({ asOf: instant, rows: z.array(runSummary), next: z.string().nullable() });

const boundedCount = { count, isMore: z.boolean().meta({ description: "There are more than `count`, or may be." }) };
const facet = z.array(z.looseObject({ value: z.string(), ...boundedCount }));

/** Number of runs that each value of a filter would leave. */
export const facets = z.looseObject({
  asOf: instant,
  total: z.looseObject(boundedCount),
  status: facet,
  workflow: facet,
  owner: facet,
});
