/** What is done about a thrown value: the user's word where they gave one. Reads what user code threw and never throws. */
import { HoldfastError, isThrown, peek, peekText, textOf, type Verdict } from "@holdfast/core";

type Classify = ((error: unknown, attempt: number) => Verdict | undefined) | undefined;

/** The `classify` of a stage or a map threw or answered something else than a verdict: a mistake that must be seen. */
class ClassifyFailedError extends Error {
  override readonly name = "ClassifyFailedError";
}

/**
 * Asks the user's `classify`. Where that fails itself, the attempt has failed for that reason, for good: what it would have
 * said is not known, and the mistake must be seen. What was thrown first is its cause.
 */
export function askClassify(
  classify: Classify,
  thrown: unknown,
  attempt: number,
): { readonly thrown: unknown; readonly verdict: Verdict | undefined } {
  if (classify === undefined) return { thrown, verdict: undefined };
  const failed = (problem: string) => ({
    thrown: new ClassifyFailedError(`classify ${problem}`, { cause: thrown }),
    verdict: "fail" as const,
  });
  let given: unknown;
  try {
    given = classify(thrown, attempt);
  } catch (error) {
    return failed(`threw: ${peekText(error, "message") ?? textOf(error)}`);
  }
  if (given === undefined) return { thrown, verdict: undefined };
  const then = typeof given === "string" ? given : peek(given, "then");
  if (then !== "retry" && then !== "fail" && then !== "pause") {
    return failed(`answered ${textOf(given).slice(0, 100)}: "retry", "fail" or "pause" is expected`);
  }
  const afterMs = peek(given, "afterMs");
  const category = peekText(given, "category");
  return {
    thrown,
    verdict: {
      then,
      ...(category === undefined ? {} : { category }),
      ...(typeof afterMs === "number" ? { afterMs } : {}),
    },
  };
}

/** By the table of errors; null for what is not of Holdfast. */
export function isRetryable(error: unknown): boolean | null {
  const answer = isThrown(error, HoldfastError) ? peek(peek(error, "spec"), "isRetryable") : null;
  return typeof answer === "boolean" ? answer : null;
}
