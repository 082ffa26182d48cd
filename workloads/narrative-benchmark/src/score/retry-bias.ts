// Shows whether items that needed a second attempt differ from the rest. Retries are not random (long texts time out,
// sensitive ones are refused), so dropping or retrying them can shift the result. This table makes the shift visible.
import type { Prediction } from "./confusion.js";
import { SYNTHETIC } from "./report.js";
import { type Proportion, proportion } from "./wilson.js";

const RETRY_GROUPS = ["first try", "retried", "failed"] as const;
export type RetryGroup = (typeof RETRY_GROUPS)[number];

export interface RetryBiasRow {
  /** Kind of data behind the figures; absent for real data. */
  readonly data?: typeof SYNTHETIC | undefined;
  readonly group: RetryGroup;
  readonly items: number;
  readonly shareOfItems: Proportion;
  /** Share answered yes; without a value for `failed`, which has no answers. */
  readonly predictedPositive: Proportion;
  /** Share of the labeled items labeled yes. Known for failed items too: if it differs, dropping them is not neutral. */
  readonly labelledPositive: Proportion;
  /** Share of right answers among items with an answer and a label. */
  readonly accuracy: Proportion;
  /** Mean length of the narratives in characters; null if unknown. */
  readonly meanChars: number | null;
  readonly byType: Readonly<Record<string, number>>;
}

/** Computes the table, with one row per group, always all three. */
export async function retryBias(
  predictions: Iterable<Prediction> | AsyncIterable<Prediction>,
  { isSynthetic = false }: { readonly isSynthetic?: boolean } = {},
): Promise<RetryBiasRow[]> {
  const tallies = new Map<RetryGroup, Tally>(RETRY_GROUPS.map((group) => [group, newTally()]));
  let total = 0;
  for await (const prediction of predictions) {
    total++;
    count(tallies.get(groupOf(prediction)) as Tally, prediction);
  }
  return RETRY_GROUPS.map((group) => {
    const tally = tallies.get(group) as Tally;
    return {
      ...(isSynthetic ? { data: SYNTHETIC } : {}),
      group,
      items: tally.items,
      shareOfItems: proportion(tally.items, total),
      predictedPositive: proportion(tally.yes, tally.answered),
      labelledPositive: proportion(tally.labelledYes, tally.labelled),
      accuracy: proportion(tally.right, tally.judged),
      meanChars: tally.measured === 0 ? null : tally.chars / tally.measured,
      byType: Object.fromEntries([...tally.byType.entries()].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  });
}

function groupOf({ predicted, isRetried = false }: Prediction): RetryGroup {
  if (predicted === null) return "failed";
  return isRetried ? "retried" : "first try";
}

type Tally = ReturnType<typeof newTally>;

function newTally() {
  const byType = new Map<string, number>();
  return {
    items: 0,
    answered: 0,
    yes: 0,
    labelled: 0,
    labelledYes: 0,
    judged: 0,
    right: 0,
    chars: 0,
    measured: 0,
    byType,
  };
}

function count(tally: Tally, { type, label, predicted, chars }: Prediction): void {
  tally.items++;
  tally.byType.set(type, (tally.byType.get(type) ?? 0) + 1);
  if (predicted !== null) {
    tally.answered++;
    if (predicted) tally.yes++;
  }
  if (label !== null) {
    tally.labelled++;
    if (label) tally.labelledYes++;
    if (predicted !== null) {
      tally.judged++;
      if (predicted === label) tally.right++;
    }
  }
  if (chars !== undefined) {
    tally.chars += chars;
    tally.measured++;
  }
}
