/** One sentence that says what B did otherwise than A, and names the loss as plainly as the gain. Pure. */
import type { Comparison } from "../api/types.js";
import { count, counted, usd } from "../words/numbers.js";
import { duration } from "../words/times.js";

export interface Part {
  readonly text: string;
  readonly tone?: "gain" | "loss";
}

type Compared = Pick<Comparison, "isEqual" | "stages"> & { readonly a: Side; readonly b: Side };
type Side = Pick<Comparison["a"], "costUsd" | "durationMs">;

export function verdictOf({ a, b, isEqual, stages }: Compared): readonly Part[] {
  const end = [{ text: timeWords(a, b) }];
  if (isEqual) return [{ text: "A and B recorded the same." }, ...end];
  const items = stages.flatMap((stage) => (stage.items === undefined ? [] : [stage.items]));
  if (items.length === 0) return [{ text: `A and B differ in ${counted(stages.length, "stage")}.` }, ...end];
  const sum = (of: (one: (typeof items)[number]) => number) => items.reduce((total, one) => total + of(one), 0);
  const gained = sum((one) => one.errorToOk.count);
  const lost = sum((one) => one.okToError.count);
  const changed = sum((one) => one.changed.count);
  const said: readonly (readonly Part[])[] = [
    gained === 0
      ? []
      : [{ text: "has a result for " }, { text: count(gained), tone: "gain" }, { text: " that failed in A" }],
    lost === 0
      ? []
      : [{ text: "fails at " }, { text: count(lost), tone: "loss" }, { text: " that have a result in A" }],
    changed === 0 ? [] : [{ text: `answers ${count(changed)} in another way` }],
  ];
  const parts = said.filter((part) => part.length > 0);
  const words = parts.flatMap((part, index) => (index === 0 ? part : [{ text: ", " }, ...part]));
  const inBoth = counted(
    sum((one) => one.inBoth),
    "item",
  );
  const verb = parts.length === 0 ? [{ text: "has the same results" }] : words;
  return [{ text: `Of ${inBoth} in both, B ` }, ...verb, { text: "." }, ...end];
}

/** Nobody needs a sentence about less. */
const TIME_FROM_MS = 1_000;

function timeWords(a: Side, b: Side): string {
  const isPriced = a.costUsd !== null && b.costUsd !== null && a.costUsd !== b.costUsd;
  const money = isPriced ? ` It costs ${usd(b.costUsd ?? 0)} instead of ${usd(a.costUsd ?? 0)}.` : "";
  if (a.durationMs === null || b.durationMs === null) return money;
  if (Math.max(a.durationMs, b.durationMs) < TIME_FROM_MS) return money;
  return ` B took ${duration(b.durationMs)}, A ${duration(a.durationMs)}.${money}`;
}
