/** Schemas of requests that create a run or act on one. Unknown fields are refused, so that no typo goes unnoticed. */
import { DEDUPE_KEY_CHARS_MAX, PRIORITY_MAX, TAGS_MAX, WHEN_ACTIVE } from "@holdfast/core";
import { z } from "zod";
import { callerName, givenDurationMs, instant, name, reason, runId, tag } from "./scalars.js";

/** The actions on a run, in the order they are documented. */
export const RUN_ACTIONS = ["pause", "resume", "cancel", "fail", "restart", "fork", "resetRecoveries"] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

const planId = z.string().min(1).max(200);
const set = z
  .record(z.string().min(1).max(200), z.unknown())
  .meta({ description: "Fields of the recorded input to change." });

/** Items of finished maps to retry, in words that mean the same for any run. */
export const onlyWords = z.union([
  z.enum(["missing", "errors", "both", "stale"]),
  z
    .string()
    .regex(
      /^(errors:.{1,100}|cause:[0-9a-f]{16})$/,
      'one of missing, errors, both, errors:<category>, cause:<fingerprint>, stale or { "keys": [ … ] }',
    ),
]);
/** Items of finished maps to retry. */
export const only = z.union([
  ...onlyWords.options,
  z.strictObject({ keys: z.array(z.string().min(1).max(1_000)).min(1).max(10_000) }),
]);
export const accept = z.enum(["reuse", "redo", "missing-source", "code"]);

const how = {
  only: only.optional(),
  through: name.optional(),
  accept: accept.optional(),
  budget: z
    .record(z.string().min(1).max(200), z.number().min(0))
    .optional()
    .meta({ description: "Total dollars that maps may spend, by stage, replacing their declared budgets." }),
  input: z.unknown().optional().meta({ description: "A changed input. Default: the recorded one." }),
};

const withReason = { reason: reason.optional() };

/** The body of PUT /api/runs/:runId and of POST …/actions. */
export const actionBody = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("pause"), ...withReason }),
  z.strictObject({ action: z.literal("cancel"), ...withReason }),
  z.strictObject({ action: z.literal("fail"), ...withReason }),
  z.strictObject({ action: z.literal("resume"), ...withReason, ...how, planId: planId.optional() }),
  z.strictObject({ action: z.literal("restart"), ...withReason, set: set.optional() }),
  z.strictObject({
    action: z.literal("fork"),
    ...withReason,
    from: name,
    runId: runId.optional(),
    set: set.optional(),
  }),
  z.strictObject({ action: z.literal("resetRecoveries"), ...withReason }),
]);
export type ActionBody = z.output<typeof actionBody>;

/** The body of POST …/plan: the options of the resume to plan. */
export const planBody = z.strictObject(how);
export type PlanBody = z.output<typeof planBody>;

const start = {
  input: z.unknown().optional().meta({ description: "A value that the workflow's input schema accepts." }),
  runId: runId.optional().meta({ description: "Default: run-<time>-<random>." }),
  through: name.optional(),
  owner: callerName.optional().meta({ description: "Default: the caller. Only an admin may set another." }),
  at: instant
    .nonnegative()
    .optional()
    .meta({ description: "Not before this instant, milliseconds UTC, within 10 years." }),
  delayMs: givenDurationMs
    .optional()
    .meta({ description: "Not before so many milliseconds have passed. Not with `at`." }),
  priority: z
    .number()
    .int()
    .min(0)
    .max(PRIORITY_MAX)
    .optional()
    .meta({ description: "Of the runs that are due, the higher starts first, then the older. Default 5." }),
  tags: z.array(tag).max(TAGS_MAX).optional().meta({ description: "Labels by which the run is found." }),
  dedupe: z
    .strictObject({
      key: z.string().min(1).max(DEDUPE_KEY_CHARS_MAX),
      whenActive: z.enum(WHEN_ACTIVE).optional().meta({ description: "Default `join`." }),
      quietMs: givenDurationMs.optional(),
      maxWaitMs: givenDurationMs.optional(),
    })
    .optional()
    .meta({ description: "What happens while another run of the same key, workflow and owner is active." }),
};

/** The body of POST /api/runs. */
export const createBody = z.strictObject({ workflow: name, ...start });
/** The body of POST /api/qualify: the workflow is lead-qualification. */
export const qualifyBody = z.strictObject(start);
export type CreateBody = z.output<typeof createBody>;

/** The `Idempotency-Key` header. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/, "1 to 255 printable characters without spaces are expected");
