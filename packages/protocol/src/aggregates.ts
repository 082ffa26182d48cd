/** Aggregates over the records of a run with tens of thousands of items: maps, the state of every item, causes of failure. */
import { CAUSE_STATES } from "@holdfast/core";
import { z } from "zod";
import { count, fingerprint, instant, name, reason } from "./scalars.js";

export const runMapPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      stage: z.string(),
      total: count.nullable().meta({ description: "Items in the source; null while unknown." }),
      done: count.meta({ description: "Items with a result, including failed ones." }),
      failed: count,
      errors: z.record(z.string(), count).meta({ description: "Failed results by category." }),
      costUsd: z.number().nullable(),
      models: z
        .array(
          z.looseObject({
            model: z.string(),
            calls: count,
            inputTokens: count,
            outputTokens: count,
            costUsd: z.number().nullable(),
            unpriced: z.looseObject({ calls: count, tokens: count }).nullable(),
          }),
        )
        .meta({
          description:
            "The part of the cost whose calls named their model in their usage, by model, the most expensive first.",
        }),
      reservedUsd: z
        .number()
        .meta({ description: "US dollars reserved by calls that were in progress at the newest commit." }),
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
  stage: name.optional().meta({ description: "The map; required if the run has several." }),
});

export const itemStates = z.looseObject({
  stage: z.string(),
  total: count.nullable(),
  cells: z.string().meta({
    description:
      "Base64 with two states per byte, the first in the low half, in the order of the source: 0 to do, 1 kept from before this execution, 2 done, 3 failed, 4 in flight.",
  }),
  cellCount: count,
  perCell: count.meta({ description: "Items per cell; if more than 1, a cell shows the worst state of its items." }),
  counts: z.looseObject({ kept: count, done: count, failed: count, inFlight: count }),
});

/** What each slot of a map did, and does now. */
export const itemLanes = z.looseObject({
  stage: z.string(),
  startedAt: instant,
  laneCount: count,
  spans: z.array(z.array(z.number()).length(4)).meta({
    description:
      "Lane, begin and end in milliseconds since `startedAt`, and 1 for done or 0 for failed. Stretches without a visible gap are one.",
  }),
  now: z
    .array(z.looseObject({ key: z.string(), index: count, attempt: count, startedAt: instant, lane: count }))
    .meta({ description: "Calls under way, oldest first." }),
  moreCount: count.meta({ description: "Calls under way beyond the lanes that are shown." }),
});

/** A range of a map's items, by position. */
export const itemRangeQuery = z.strictObject({
  stage: name.optional().meta({ description: "The map; required if the run has several." }),
  from: z.coerce.number().int().min(0).meta({ description: "Position of the first item, from 0." }),
  to: z.coerce.number().int().min(0).meta({ description: "Position of the last item, inclusive." }),
});

export const itemRange = z.looseObject({
  stage: z.string(),
  from: count,
  to: count,
  done: count.meta({ description: "Items with a successful result." }),
  failed: count,
  open: count.meta({ description: "Items without a result." }),
  keys: z.array(z.string()).meta({ description: "Keys of the items that have a result, at most 10,000." }),
  failedKeys: z.array(z.string()).meta({ description: "Keys of the items that failed, at most 10,000." }),
  isWhole: z
    .boolean()
    .meta({ description: "False if the map has more results than are examined, or more keys than are returned." }),
  item: z
    .looseObject({
      key: z.string(),
      label: z.string().nullable(),
      outcome: z.enum(["ok", "error"]),
      category: z.string().nullable(),
      message: z.string().nullable().meta({ description: "The error's message, truncated to 400 characters." }),
      attempts: count,
      costUsd: z.number().nullable(),
      finishedAt: instant,
    })
    .nullable()
    .meta({ description: "The item, for a range of one; null if it has no result." }),
});

/** History of a run as a whole, and the pace of its maps. */
export const runHistory = z.looseObject({
  head: count.meta({ description: "Number of the newest event that was examined." }),
  isWhole: z
    .boolean()
    .meta({ description: "False if the run has more events than are examined; the newest are left out." }),
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
        "Events of the run as a whole (paused, resumed, claimed, recovered, restarted, drift accepted, budget reached), the newest 500.",
    }),
  series: z.array(
    z.looseObject({
      stage: z.string(),
      fromMs: instant.meta({ description: "When the first bucket begins." }),
      stepMs: count.meta({
        description: "Length of a bucket; it doubles as a run grows, so that there are never more than 240.",
      }),
      items: z.array(count).meta({ description: "Results by bucket, including failed ones." }),
      failed: z.array(count),
      costUsd: z.array(z.number()),
    }),
  ),
});

/** Cause of failure: failures that differ only in numbers, IDs and quoted words. */
export const errorsQuery = z.strictObject({
  stage: name.optional(),
  fingerprint: fingerprint.optional().meta({ description: "Only this cause, with the keys of its items." }),
});

/** Causes over all runs. */
export const failurePage = z.looseObject({
  asOf: instant,
  since: instant,
  firstDay: z.number().int().meta({ description: "The day of `days[0]`, counted from 1970 with the query's offset." }),
  rows: z.array(
    z.looseObject({
      fingerprint: z.string().meta({ description: "As in `/api/runs/:runId/errors`." }),
      stage: z.string().nullable().meta({ description: "Null if runs failed rather than their items." }),
      category: z.string(),
      message: z.string().meta({ description: "Message of the newest failure." }),
      workflows: z.array(z.string()),
      count,
      firstAt: instant,
      lastAt: instant,
      mark: z
        .looseObject({
          state: z.enum(CAUSE_STATES),
          by: z.string(),
          at: instant,
          note: z.string().nullable(),
          cameBack: z.boolean().meta({ description: "It was resolved, and occurred again since." }),
        })
        .nullable()
        .meta({ description: "What somebody said of it: an admin for everybody, a user for themselves." }),
      days: z.array(count).meta({ description: "Counts for each day, oldest first." }),
      runCount: count,
      runs: z
        .array(z.looseObject({ runId: z.string(), count, key: z.string().nullable() }))
        .meta({ description: "Newest first, at most 50, each with an item that failed for this cause." }),
    }),
  ),
  isWhole: z.boolean().meta({ description: "False if there are more failures than are examined." }),
});

export const errorGroupPage = z.looseObject({
  rows: z.array(
    z.looseObject({
      fingerprint: z.string(),
      stage: z.string(),
      category: z.string(),
      message: z.string().meta({ description: "Message of the newest failure." }),
      count,
      firstAt: instant,
      lastAt: instant,
      attemptsMax: count,
      example: z.string().meta({ description: "The key of an item." }),
      keys: z
        .array(z.string())
        .optional()
        .meta({ description: "With `fingerprint`: the keys of its items, at most 10,000." }),
    }),
  ),
  isWhole: z.boolean().meta({ description: "False if a run has more failures than are examined." }),
});

export const causeParams = z.object({ fingerprint });

/** What somebody says of a cause. */
export const causeBody = z.strictObject({
  state: z.enum(["open", ...CAUSE_STATES]).meta({ description: "`open` takes the mark away." }),
  note: reason.optional(),
});

export const causeMark = z.looseObject({ fingerprint: z.string(), state: z.enum(["open", ...CAUSE_STATES]) });
