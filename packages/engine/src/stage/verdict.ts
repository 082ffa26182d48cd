/** What is done about a thrown value: the user's word where they gave one. Reads what user code threw and never throws. */
import {
  checkAnswer,
  DecisionInvalidError,
  type DecisionProblem,
  type Failure,
  peekText,
  readFailure,
  textOf,
  type Verdict,
} from "@holdfast/core";

type Classify = ((error: unknown, attempt: number) => Verdict | undefined) | undefined;

/** What was said about a failed attempt: by `classify`, which is asked first, and by the error itself. */
export interface Said {
  /** What is recorded: what was thrown, or why the decision about it cannot be meant. */
  readonly thrown: unknown;
  readonly verdict: Verdict | undefined;
  readonly failure: Failure;
}

/**
 * Asks the user's `classify`, then reads the error. Where either says what cannot be meant, the attempt has failed for that
 * reason, for good: another guess might retry for ever or lose items. What was thrown first is the cause of that failure.
 *
 * @param place the stage or map, for messages: "Stage fetch".
 */
export function askAbout(place: string, classify: Classify, thrown: unknown, attempt: number): Said {
  const invalid = (who: string, problem: DecisionProblem): Said => {
    const error = new DecisionInvalidError({ place: `${place}: ${who}`, ...problem }, { cause: thrown });
    return { thrown: error, verdict: "fail", failure: readFailure(error) };
  };
  let given: unknown;
  try {
    given = classify?.(thrown, attempt);
  } catch (error) {
    const found = peekText(error, "message") ?? textOf(error);
    return invalid("classify", { problem: `threw: ${found}`, found, allowed: [], meant: null });
  }
  const { verdict, problem } = checkAnswer(given);
  if (problem !== null) return invalid("classify", problem);
  const failure = readFailure(thrown);
  if (verdict === undefined && failure.problem !== null) {
    return invalid(`the thrown ${peekText(thrown, "name") ?? "error"}`, failure.problem);
  }
  return { thrown, verdict, failure };
}
