// How good predictions are: confusion matrix, accuracy, precision, recall, F1, macro-F1, Wilson intervals. Pure counting.
// A class that was never predicted has no precision, one that never occurs no recall: both are null, not zero, and F1 is 0
// where the class occurs or was predicted, null where it did neither (and is then left out of the macro mean).

export interface ClassMetrics {
  readonly label: string;
  /** Rows whose true label this is. */
  readonly support: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export interface Metrics {
  readonly rows: number;
  readonly accuracy: number;
  /** 95 % Wilson interval of the accuracy. */
  readonly accuracyInterval: readonly [low: number, high: number];
  readonly macroF1: number;
  readonly labels: readonly string[];
  readonly classes: readonly ClassMetrics[];
  /** `confusion[i][j]`: rows of true label i that were predicted as label j. */
  readonly confusion: readonly (readonly number[])[];
}

/** @throws {RangeError} when there is no row: no figure would be true of nothing. */
export function scorePredictions(rows: readonly { readonly actual: string; readonly predicted: string }[]): Metrics {
  if (rows.length === 0) throw new RangeError("Metrics: there are no predictions to score; give at least one row.");
  const labels = [...new Set(rows.flatMap((row) => [row.actual, row.predicted]))].sort();
  const place = new Map(labels.map((label, at) => [label, at]));
  const confusion = labels.map(() => labels.map(() => 0));
  let right = 0;
  for (const { actual, predicted } of rows) {
    const line = confusion[place.get(actual) as number] as number[];
    const column = place.get(predicted) as number;
    line[column] = (line[column] as number) + 1;
    if (actual === predicted) right += 1;
  }
  const classes = labels.map((label, at): ClassMetrics => {
    const hits = confusion[at]?.[at] as number;
    const support = sum(confusion[at] as number[]);
    const claimed = sum(confusion.map((line) => line[at] as number));
    return {
      label,
      support,
      precision: claimed === 0 ? null : hits / claimed,
      recall: support === 0 ? null : hits / support,
      f1: support + claimed === 0 ? null : (2 * hits) / (support + claimed),
    };
  });
  const f1s = classes.map((each) => each.f1).filter((f1) => f1 !== null);
  return {
    rows: rows.length,
    accuracy: right / rows.length,
    accuracyInterval: wilsonInterval(right, rows.length),
    macroF1: sum(f1s) / f1s.length,
    labels,
    classes,
    confusion,
  };
}

// The 97.5 % point of the normal distribution: a two-sided 95 % interval.
const Z_95 = 1.959963984540054;

/** The Wilson score interval of a share: sound for small counts and for shares near 0 and 1, where the plain one is not. */
export function wilsonInterval(successes: number, total: number, z = Z_95): readonly [low: number, high: number] {
  if (total === 0) return [0, 1];
  const share = successes / total;
  const scale = 1 + (z * z) / total;
  const centre = share + (z * z) / (2 * total);
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  // Rounding may leave a bound a hair outside; at 0 and 1 the bound is exact.
  const low = successes === 0 ? 0 : Math.max(0, (centre - spread) / scale);
  const high = successes === total ? 1 : Math.min(1, (centre + spread) / scale);
  return [low, high];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
