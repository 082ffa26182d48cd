/** Check of what `classify` returned. Its type is a closed union, but user code is not always typed. Pure; never throws. */
import { peek, textOf } from "./errors/thrown.js";
import type { VerdictKind } from "./failure.js";
import { type DecisionProblem, findCategoryProblem, findWaitProblem, findWordProblem } from "./failure.js";
import { nearest } from "./nearest.js";
import type { Verdict } from "./retry.js";

const KINDS = ["retry", "fail", "pause"] as const satisfies readonly VerdictKind[];
const MEMBERS: readonly string[] = ["then", "category", "afterMs"];

/** The verdict, or the problem with the answer. */
export type CheckedAnswer =
  | { readonly verdict: Exclude<Verdict, string> | undefined; readonly problem: null }
  | { readonly verdict: null; readonly problem: DecisionProblem };

/** Checks an answer of `classify`. `undefined` leaves the decision to the error. */
export function checkAnswer(given: unknown): CheckedAnswer {
  if (given === undefined) return { verdict: undefined, problem: null };
  if (typeof given === "string") {
    const isKind = (KINDS as readonly string[]).includes(given);
    return isKind ? verdictOf({ then: given as VerdictKind }) : refuse(findWordProblem("answered", given, KINDS));
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return refuse(wordAnswer(given));
  const then = peek(given, "then");
  if (typeof then === "function") {
    // Nobody else awaits the promise, and this refusal already reports the mistake: prevent an unhandled rejection.
    void Promise.resolve(given).then(undefined, () => {});
    return refuse({
      ...wordAnswer("a promise"),
      problem: "answered a promise; it must answer at once, without async.",
    });
  }
  if (!(KINDS as readonly unknown[]).includes(then)) return refuse(findWordProblem("answered with then", then, KINDS));
  const stranger = membersOf(given).find((name) => !MEMBERS.includes(name));
  if (stranger !== undefined) {
    const problem = `answered with ${stranger.slice(0, 100)}, which no verdict has; then, category and afterMs are expected.`;
    return refuse({ problem, found: stranger.slice(0, 100), allowed: MEMBERS, meant: nearest(stranger, MEMBERS) });
  }
  const kind = then as VerdictKind;
  const category = peek(given, "category");
  const afterMs = peek(given, "afterMs");
  const problem = findCategoryProblem("answered with", kind, category) ?? findWaitProblem("answered with", afterMs);
  if (problem !== null) return refuse(problem);
  return verdictOf({
    then: kind,
    ...(category === undefined ? {} : { category: category as string }),
    ...(afterMs === undefined ? {} : { afterMs: afterMs as number }),
  });
}

const refuse = (problem: DecisionProblem): CheckedAnswer => ({ verdict: null, problem });
const verdictOf = (verdict: Exclude<Verdict, string>): CheckedAnswer => ({ verdict, problem: null });

function wordAnswer(given: unknown): DecisionProblem {
  const found = textOf(given).slice(0, 100);
  const problem = `answered ${found}; "retry", "fail", "pause", { then: … } or undefined is expected.`;
  return { problem, found, allowed: KINDS, meant: null };
}

function membersOf(given: object): readonly string[] {
  try {
    return Object.keys(given);
  } catch {
    return [];
  }
}
