/** Sums over the records of one run, for who looks at a whole of tens of thousands: maps, the state of every item, causes of failure. */
import { z } from "zod";
import { count, instant, name } from "./scalars.js";

export const runMapPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      stage: z.string(),
      total: count.nullable().meta({ description: "Items in the source; null while unknown." }),
      done: count.meta({ description: "With a result, failed ones included." }),
      failed: count,
      errors: z.record(z.string(), count).meta({ description: "Failed results by category." }),
      costUsd: z.number().nullable(),
      reservedUsd: z
        .number()
        .meta({ description: "US dollars reserved by calls that were under way at the newest commit." }),
      budgetUsd: z
        .number()
        .nullable()
        .meta({ description: "Declared by the map or raised by a resume, in US dollars; null without one." }),
      unpriced: z.looseObject({ calls: count, tokens: count }).nullable(),
      startedAt: instant,
      finishedAt: instant.nullable(),
    }),
  ),
});

/** The states of an item, by their number in `cells`. */
export const ITEM_STATES = ["todo", "kept", "done", "failed", "inFlight"] as const;

export const itemStatesQuery = z.strictObject({
  stage: name.optional().meta({ description: "Of which map; needed where the run has several." }),
});

export const itemStates = z.looseObject({
  stage: z.string(),
  total: count.nullable(),
  cells: z.string().meta({
    description:
      "Base64 of two states a byte, the first in the low half, in the order of the source: 0 to do, 1 kept from before this execution, 2 done, 3 failed, 4 in flight.",
  }),
  cellCount: count,
  perCell: count.meta({ description: "Items a cell; over 1 a cell shows the worst of its items." }),
  counts: z.looseObject({ kept: count, done: count, failed: count, inFlight: count }),
});

/** What each slot of a map did, and does now. */
export const itemLanes = z.looseObject({
  stage: z.string(),
  startedAt: instant,
  laneCount: count,
  spans: z.array(z.tuple([count, z.number(), z.number(), z.enum(["done", "failed"])])).meta({
    description:
      "Lane, begin and end in milliseconds since `startedAt`, outcome. Stretches without a gap that is seen are one.",
  }),
  now: z
    .array(z.looseObject({ key: z.string(), index: count, attempt: count, startedAt: instant, lane: count }))
    .meta({ description: "Calls under way, oldest first." }),
  moreCount: count.meta({ description: "Calls under way beyond the lanes that are shown." }),
});

/** A stretch of a map's items, by their positions. */
export const itemRangeQuery = z.strictObject({
  stage: name.optional().meta({ description: "Of which map; needed where the run has several." }),
  from: z.coerce.number().int().min(0).meta({ description: "Position of the first item, from 0." }),
  to: z.coerce.number().int().min(0).meta({ description: "Position of the last item; it belongs to the stretch." }),
});

export const itemRange = z.looseObject({
  stage: z.string(),
  from: count,
  to: count,
  done: count.meta({ description: "With a good result." }),
  failed: count,
  open: count.meta({ description: "Without a result." }),
  keys: z.array(z.string()).meta({ description: "Keys of the items that have a result, 10,000 at the most." }),
  failedKeys: z.array(z.string()).meta({ description: "Keys of the items that failed, 10,000 at the most." }),
  isWhole: z
    .boolean()
    .meta({ description: "False where the map has more results than are looked through, or more keys than are told." }),
  item: z
    .looseObject({
      key: z.string(),
      label: z.string().nullable(),
      outcome: z.enum(["ok", "error"]),
      category: z.string().nullable(),
      message: z.string().nullable().meta({ description: "Of its error, cut to 400 characters." }),
      attempts: count,
      costUsd: z.number().nullable(),
      finishedAt: instant,
    })
    .nullable()
    .meta({ description: "The item of a stretch of one; null where it has no result." }),
});

/** What happened to a run as a whole, and how fast its maps went. */
export const runHistory = z.looseObject({
  head: count.meta({ description: "Number of the newest event that was looked at." }),
  isWhole: z
    .boolean()
    .meta({ description: "False where the run has more events than are looked through; the newest are left out." }),
  marks: z
    .array(
      z.looseObject({
        seq: count,
        at: instant,
        type: z.string().meta({ description: "Type of the event." }),
        data: z.record(z.string(), z.unknown()),
      }),
    )
    .meta({
      description:
        "Events of the run as a whole (paused, resumed, taken, recovered, restarted, drift accepted, budget reached), the newest 500.",
    }),
  series: z.array(
    z.looseObject({
      stage: z.string(),
      fromMs: instant.meta({ description: "When the first bucket begins." }),
      stepMs: count.meta({
        description: "Length of a bucket; it doubles as a run grows, so that there are never more than 240.",
      }),
      items: z.array(count).meta({ description: "Results by bucket, failed ones included." }),
      failed: z.array(count),
      costUsd: z.array(z.number()),
    }),
  ),
});

/** A cause: failures that differ in numbers, ids and quoted words alone. */
export const errorsQuery = z.strictObject({
  stage: name.optional(),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional()
    .meta({ description: "Only this cause, with the keys of its items." }),
});

/** Causes over all runs. */
export const failurePage = z.looseObject({
  asOf: instant,
  since: instant,
  firstDay: z.number().int().meta({ description: "The day of `days[0]`, counted from 1970 with the query's offset." }),
  rows: z.array(
    z.looseObject({
      fingerprint: z.string().meta({ description: "As `/api/runs/:runId/errors` has it." }),
      stage: z.string().nullable().meta({ description: "Null where runs failed, not items of them." }),
      category: z.string(),
      message: z.string().meta({ description: "Of the newest failure." }),
      workflows: z.array(z.string()),
      count,
      firstAt: instant,
      lastAt: instant,
      days: z.array(count).meta({ description: "How many on each day, oldest first." }),
      runCount: count,
      runs: z
        .array(z.looseObject({ runId: z.string(), count, key: z.string().nullable() }))
        .meta({ description: "Newest first, 50 at the most, each with an item that failed so." }),
    }),
  ),
  isWhole: z.boolean().meta({ description: "False where there are more failures than are looked through." }),
});

export const errorGroupPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      fingerprint: z.string(),
      stage: z.string(),
      category: z.string(),
      message: z.string().meta({ description: "Of the newest failure." }),
      count,
      firstAt: instant,
      lastAt: instant,
      attemptsMax: count,
      example: z.string().meta({ description: "The key of an item." }),
      keys: z
        .array(z.string())
        .optional()
        .meta({ description: "With `fingerprint`: the keys of its items, 10,000 at the most." }),
    }),
  ),
  isWhole: z.boolean().meta({ description: "False where a run has more failures than are looked through." }),
});
