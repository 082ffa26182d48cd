/** Options that stages and maps share, checked before anything is recorded: a duration that cannot be meant names itself. */
import { findDurationProblem, findRateProblem, WrongUseError } from "@holdfast/core";
import type { MapOptions, RetryOptions } from "../context.js";

/** @throws {WrongUseError} WRONG_USE — naming the stage or map, the option, and what is expected. */
export function checkRetryOptions(
  what: string,
  options: RetryOptions & Pick<MapOptions<unknown>, "batch" | "rate">,
): void {
  const { attempts, timeoutMs, backoff, batch, rate } = options;
  const problem =
    findDurationProblem({
      timeoutMs,
      "backoff.initialMs": backoff?.initialMs,
      "backoff.maxMs": backoff?.maxMs,
      "batch.ms": batch?.ms,
    }) ??
    findFactorProblem(backoff?.factor) ??
    findAttemptsProblem(attempts) ??
    (rate === undefined ? null : findRateProblem(rate));
  if (problem !== null) throw new WrongUseError({ problem: `${what}, ${problem}.` });
}

function findFactorProblem(factor: unknown): string | null {
  if (factor === undefined || (Number.isFinite(factor) && (factor as number) >= 1)) return null;
  return `backoff.factor: a number from 1 is expected, ${String(factor)} was given`;
}

/** `Infinity` is "until it works". */
function findAttemptsProblem(attempts: unknown): string | null {
  const isCount = Number.isInteger(attempts) && (attempts as number) >= 1;
  if (attempts === undefined || isCount || attempts === Number.POSITIVE_INFINITY) return null;
  return `attempts: a whole number from 1 is expected, ${String(attempts)} was given`;
}
