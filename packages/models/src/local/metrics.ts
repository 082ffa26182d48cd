// Quality of predictions: confusion matrix, accuracy, precision, recall, F1, macro-F1, Wilson intervals. Pure counting.
// A class that was never predicted has no precision, and one that never occurs has no recall: both are null, not zero.
// F1 is 0 if the class occurs or was predicted, and null otherwise; the macro mean leaves it out then.

export interface ClassMetrics {
  readonly label: string;
  /** Number of rows with this true label. */
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
  /** `confusion[i][j]`: number of rows with true label i that were predicted as label j. */
  readonly confusion: readonly (readonly number[])[];
}

/** Scores predictions. @throws {RangeError} if there are no rows, since no figure would be meaningful. */
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

// 97.5 % quantile of the normal distribution, for a two-sided 95 % interval.
const Z_95 = 1.959963984540054;

/**
 * Returns the Wilson score interval of a proportion. It is sound for small counts and for proportions near 0 and 1,
 * where the normal interval is not.
 */
export function wilsonInterval(successes: number, total: number, z = Z_95): readonly [low: number, high: number] {
  if (total === 0) return [0, 1];
  const share = successes / total;
  const scale = 1 + (z * z) / total;
  const centre = share + (z * z) / (2 * total);
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  // Rounding may leave a bound slightly outside. At 0 and 1 the bound is exact.
  const low = successes === 0 ? 0 : Math.max(0, (centre - spread) / scale);
  const high = successes === total ? 1 : Math.min(1, (centre + spread) / scale);
  return [low, high];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
