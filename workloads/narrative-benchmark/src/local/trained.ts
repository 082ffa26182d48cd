// A trained classifier as the third local method, honest by construction: k-fold, so that no text is judged by a
// classifier that has seen it, nor one that has seen the other narrative of the same case. The learning itself is elsewhere;
// here is which case belongs to which fold, who judges whom, and the verdict's shape.
import { createHash } from "node:crypto";
import type { NarrativeItem } from "../narratives/items.js";
import type { Task } from "../prompt/verdict.js";
import type { LocalVerdict } from "./local-verdict.js";

/** What a trained classifier must offer. */
export interface TrainedClassifier {
  /** The probability that the text is positive, from 0 to 1, and the words that spoke for it, strongest first. */
  predict(text: string): { readonly probability: number; readonly indicators: readonly string[] };
}

export interface TrainingExample {
  readonly text: string;
  readonly label: boolean;
}

/** Learns from examples; deterministic, so that a resumed run trains the same classifier again. */
export type Train = (examples: Iterable<TrainingExample>) => TrainedClassifier;

export interface FoldOptions {
  /** Folds, at least 2; each is judged by what was learned from the others. */
  readonly folds: number;
  readonly train: Train;
}

const INDICATORS_MAX = 10;

/**
 * Train one classifier per fold. The narrative types of a case are learned from together.
 *
 * `open` is asked once per fold for the labelled items, so that they need not all be in memory.
 */
export function trainFolds(open: () => Iterable<NarrativeItem>, { folds, train }: FoldOptions): FoldedClassifier {
  if (!Number.isInteger(folds) || folds < 2)
    throw new RangeError(`Folds: ${folds}, expected a whole number of at least 2.`);
  const classifiers = Array.from({ length: folds }, (_, fold) => train(examplesWithout(open(), fold, folds)));
  return new FoldedClassifier(classifiers);
}

/** The fold of a case: by a hash of its key, so that neither order nor other cases change it. */
export function foldOf(caseKey: string, folds: number): number {
  return createHash("sha256").update(caseKey).digest().readUInt32BE(0) % folds;
}

export class FoldedClassifier {
  readonly #classifiers: readonly TrainedClassifier[];
  constructor(classifiers: readonly TrainedClassifier[]) {
    this.#classifiers = classifiers;
  }

  /** Judge an item by the classifier that has not seen its case. */
  judge(item: Pick<NarrativeItem, "caseKey" | "text">, task: "ipv"): LocalVerdict<"ipv_detected">;
  judge(item: Pick<NarrativeItem, "caseKey" | "text">, task: "spam"): LocalVerdict<"spam_detected">;
  judge(item: Pick<NarrativeItem, "caseKey" | "text">, task: Task) {
    const fold = foldOf(item.caseKey, this.#classifiers.length);
    const { probability, indicators } = (this.#classifiers[fold] as TrainedClassifier).predict(item.text);
    const isDetected = probability >= 0.5;
    const common = {
      confidence: isDetected ? probability : 1 - probability,
      indicators: indicators.slice(0, INDICATORS_MAX),
      rationale: `Trained classifier, fold ${fold + 1} of ${this.#classifiers.length}, which has not seen this case: probability ${probability.toFixed(3)}.`,
      method: "local" as const,
    };
    return task === "ipv" ? { ipv_detected: isDetected, ...common } : { spam_detected: isDetected, ...common };
  }
}

function* examplesWithout(items: Iterable<NarrativeItem>, fold: number, folds: number): Generator<TrainingExample> {
  for (const { caseKey, text, label } of items) {
    if (label !== null && foldOf(caseKey, folds) !== fold) yield { text, label };
  }
}
