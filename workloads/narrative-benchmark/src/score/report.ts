// The score of an experiment, overall and by narrative type, computed from a stream of predictions in constant memory.
import { ConfusionCounter, type Prediction, type Scores } from "./confusion.js";

export const SYNTHETIC = "synthetic" as const;
export const SYNTHETIC_NOTE =
  "Every figure is of synthetic data: invented narratives with invented labels. It measures the machinery and supports no findings.";

/** Figures with the kind of their data: `synthetic` stays beside them wherever they are copied. */
export type ReportedScores = Scores & { readonly data?: typeof SYNTHETIC | undefined };

export interface ScoreReport {
  readonly overall: ReportedScores;
  /** One entry per narrative type found, ordered by name. */
  readonly byType: Readonly<Record<string, ReportedScores>>;
  /** How to read the intervals; printed with them. */
  readonly note: string;
}

const INTERVAL_NOTE =
  "Intervals: Wilson 95 % (1927); for F1 carried over from tp/(tp+fp+fn). " +
  "The narratives of one case share a label, so the overall interval is somewhat too narrow; those by type are not. " +
  "Items that ended in an error are left out and counted apart.";

/** Scores a stream of predictions. */
export async function scorePredictions(
  predictions: Iterable<Prediction> | AsyncIterable<Prediction>,
  { isSynthetic = false }: { readonly isSynthetic?: boolean } = {},
): Promise<ScoreReport> {
  const overall = new ConfusionCounter();
  const byType = new Map<string, ConfusionCounter>();
  for await (const prediction of predictions) {
    overall.add(prediction);
    const counter = byType.get(prediction.type) ?? new ConfusionCounter();
    byType.set(prediction.type, counter);
    counter.add(prediction);
  }
  const told = (scores: Scores): ReportedScores => (isSynthetic ? { data: SYNTHETIC, ...scores } : scores);
  const types = [...byType.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    overall: told(overall.scores()),
    byType: Object.fromEntries(types.map(([type, counter]) => [type, told(counter.scores())])),
    note: isSynthetic ? `${SYNTHETIC_NOTE} ${INTERVAL_NOTE}` : INTERVAL_NOTE,
  };
}
