// Compares two experiments: which items changed sides, and whether the difference is significant. Items are paired by
// key. Only items that both answered and that have a label enter the test; the others are counted.
import type { Prediction } from "./confusion.js";
import { type McNemar, mcNemar } from "./mcnemar.js";

/** Number of keys listed; the counts are complete. */
const KEYS_SHOWN_MAX = 1_000;

export interface ChangedItems {
  readonly count: number;
  /** In the order of the first experiment; at most 1,000. */
  readonly keys: readonly string[];
}

export interface Comparison {
  /** Items that both answered, with a label. */
  readonly paired: number;
  readonly bothRight: number;
  readonly bothWrong: number;
  /** Of all items that both answered, with or without a label: how the answers changed. */
  readonly yesToNo: number;
  readonly noToYes: number;
  readonly rightToWrong: ChangedItems;
  readonly wrongToRight: ChangedItems;
  /** Items left out: in one experiment only, failed in one of them, without a label, or labeled differently. */
  readonly leftOut: {
    readonly onlyInFirst: number;
    readonly onlyInSecond: number;
    readonly errorInEither: number;
    readonly unlabelled: number;
    readonly labelsDiffer: number;
  };
  readonly test: McNemar;
}

/**
 * Returns what changed from the first experiment to the second.
 *
 * Memory: one small entry per item of the first; the second is streamed.
 * @throws {RangeError} if a key occurs twice in one experiment, since the pairing would be wrong.
 */
export async function whatChanged(
  first: Iterable<Prediction> | AsyncIterable<Prediction>,
  second: Iterable<Prediction> | AsyncIterable<Prediction>,
): Promise<Comparison> {
  const waiting = new Map<string, Pick<Prediction, "label" | "predicted">>();
  for await (const { key, label, predicted } of first) {
    if (waiting.has(key)) throw duplicate(key, "first");
    waiting.set(key, { label, predicted });
  }
  const order = new Map([...waiting.keys()].map((key, index) => [key, index]));
  const counts = { paired: 0, bothRight: 0, bothWrong: 0, yesToNo: 0, noToYes: 0 };
  const leftOut = { onlyInFirst: 0, onlyInSecond: 0, errorInEither: 0, unlabelled: 0, labelsDiffer: 0 };
  const changed = { rightToWrong: [] as string[], wrongToRight: [] as string[] };
  for await (const { key, label, predicted } of second) {
    const before = waiting.get(key);
    if (before === undefined) {
      if (order.has(key)) throw duplicate(key, "second");
      leftOut.onlyInSecond++;
      continue;
    }
    waiting.delete(key);
    if (before.predicted === true && predicted === false) counts.yesToNo++;
    if (before.predicted === false && predicted === true) counts.noToYes++;
    if (before.predicted === null || predicted === null) leftOut.errorInEither++;
    else if (before.label === null || label === null) leftOut.unlabelled++;
    else if (before.label !== label) leftOut.labelsDiffer++;
    else {
      counts.paired++;
      const wasRight = before.predicted === label;
      const isRight = predicted === label;
      if (wasRight && isRight) counts.bothRight++;
      else if (!wasRight && !isRight) counts.bothWrong++;
      else changed[wasRight ? "rightToWrong" : "wrongToRight"].push(key);
    }
  }
  leftOut.onlyInFirst = waiting.size;
  const list = (keys: string[]): ChangedItems => ({
    count: keys.length,
    keys: keys.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)).slice(0, KEYS_SHOWN_MAX),
  });
  const test = mcNemar(changed.rightToWrong.length, changed.wrongToRight.length);
  return {
    ...counts,
    rightToWrong: list(changed.rightToWrong),
    wrongToRight: list(changed.wrongToRight),
    leftOut,
    test,
  };
}

function duplicate(key: string, which: "first" | "second"): RangeError {
  return new RangeError(
    `Comparison: key ${key} occurs twice in the ${which} experiment, expected once; compare whole experiments.`,
  );
}
