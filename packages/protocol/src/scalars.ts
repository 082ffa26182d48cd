/** Scalars of every body and query: IDs, counts, times. Times are milliseconds UTC, durations milliseconds. */
import { CAUSE_PATTERN, DURATION_MAX_MS, isRunId, RUN_STATUSES, USD_MAX } from "@holdfast/core";
import { z } from "zod";

/** A well-formed run ID, checked before it becomes part of a path or statement. */
export const runId = z
  .string()
  .max(128)
  .refine(
    isRunId,
    'a run id has 1 to 128 letters, digits, ".", "_" or "-", begins with a letter or digit, without ".."',
  )
  .meta({ pattern: "^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$", examples: ["run-20261126-120000-7h3k9m2p"] });

/** Name of a stage or workflow. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, ".", "_" or "-" are expected, 64 at the most');

export const runStatus = z.enum(RUN_STATUSES);
export const instant = z.number().int().meta({ description: "Milliseconds since 1970, UTC." });
export const durationMs = z.number().nonnegative();
/** A duration given by a caller: at most ten years. Measured durations have no limit. */
export const givenDurationMs = durationMs.max(DURATION_MAX_MS);
export const count = z.number().int().nonnegative();
/** Fingerprint of a cause of failures. */
export const fingerprint = z.string().regex(CAUSE_PATTERN, "a fingerprint of 16 hexadecimal digits is expected");
/** Reason, for the history and the audit log. */
export const reason = z.string().trim().min(1).max(1_000);
/** Name of a person or a program, without control characters, since it is printed. */
export const callerName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, "no control characters are expected");

/** A whole number in a query: digits only, so that "1e3", " 5" and "0x10" are refused. */
export function queryCount(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, "a whole number is expected")
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))
    .meta({ type: "integer", minimum: min, maximum: max });
}

/** An amount of dollars in a query: digits with at most nine behind the point. */
export const queryUsd = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,9})?$/, "an amount of dollars is expected")
  .transform(Number)
  .pipe(z.number().min(0).max(USD_MAX))
  .meta({ type: "number", minimum: 0, maximum: USD_MAX });

/** `true` or `false` in a query. */
export const queryFlag = z
  .string()
  .refine((word) => word === "true" || word === "false", "true or false is expected")
  .transform((word) => word === "true")
  .meta({ type: "boolean" });

/**
 * A low and a high bound. An array of fixed length instead of a tuple: the JSON Schema of a tuple has
 * `prefixItems` without `items`, which OpenAPI linters and validating proxies refuse.
 */
export const rangeOf = <S extends z.ZodType>(bound: S) => z.array(bound).length(2).meta({ description: "[low, high]" });

/** Cursor of a page: opaque, from the `next` of the previous page. */
export const cursor = z.string().min(1).max(400);
