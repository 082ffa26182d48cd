// The score of an experiment: overall and by narrative type, from a stream of predictions in constant memory.
import { ConfusionCounter, type Prediction, type Scores } from "./confusion.js";

export interface ScoreReport {
  readonly overall: Scores;
  /** One entry per narrative type seen, in order of their names. */
  readonly byType: Readonly<Record<string, Scores>>;
  /** How to read the intervals; printed with them. */
  readonly note: string;
}

const INTERVAL_NOTE =
  "Intervals: Wilson 95 % (1927); for F1 carried over from tp/(tp+fp+fn). " +
  "The narratives of one case share a label, so the overall interval is somewhat too narrow; those by type are not. " +
  "Items that ended in an error are left out and counted apart.";

/** Count a stream of predictions. */
export async function scorePredictions(
  predictions: Iterable<Prediction> | AsyncIterable<Prediction>,
): Promise<ScoreReport> {
  const overall = new ConfusionCounter();
  const byType = new Map<string, ConfusionCounter>();
  for await (const prediction of predictions) {
    overall.add(prediction);
    const counter = byType.get(prediction.type) ?? new ConfusionCounter();
    byType.set(prediction.type, counter);
    counter.add(prediction);
  }
  const types = [...byType.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    overall: overall.scores(),
    byType: Object.fromEntries(types.map(([type, counter]) => [type, counter.scores()])),
    note: INTERVAL_NOTE,
  };
}
