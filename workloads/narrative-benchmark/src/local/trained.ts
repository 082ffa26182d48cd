// A trained classifier as the third local method. k-fold, so that no text is judged by a model trained on it, or on the
// other narrative of the same case. The training itself is elsewhere; this file assigns cases to folds and shapes the
// verdict. Deterministic, so that a resumed run trains the same classifier again.
import { createHash } from "node:crypto";
import { splitWords } from "@holdfast/workload-kit";
import type { Task } from "../prompt/verdict.js";
import { FoldedNaiveBayes } from "./folded-naive-bayes.js";
import type { LocalVerdict } from "./local-verdict.js";

const INDICATORS_MAX = 10;

/** Returns the fold of a case, by a hash of its key, so that neither order nor other cases change it. */
export function foldOf(caseKey: string, folds: number): number {
  return createHash("sha256").update(caseKey).digest().readUInt32BE(0) % folds;
}

/** Training and judging data of an item. */
interface Labeled {
  readonly caseKey: string;
  readonly text: string;
  /** Null if it has no label. */
  readonly label: boolean | null;
}

/** Naive Bayes with `folds` folds, at least 2. Each fold is judged by what was learned from the others. */
export class FoldedClassifier {
  readonly #bayes: FoldedNaiveBayes;

  /** @throws {ModelConfigError} MODEL_CONFIG_INVALID for fewer than two folds. */
  constructor(folds: number) {
    this.#bayes = new FoldedNaiveBayes(folds);
  }

  /** Learns from a narrative. One without a label adds nothing. */
  learn({ caseKey, text, label }: Labeled): void {
    if (label !== null) this.#bayes.add(text, label, foldOf(caseKey, this.#bayes.folds));
  }

  /** Judges an item by what was learned from the cases of other folds. */
  judge(item: Pick<Labeled, "caseKey" | "text">, task: "ipv"): LocalVerdict<"ipv_detected">;
  judge(item: Pick<Labeled, "caseKey" | "text">, task: "spam"): LocalVerdict<"spam_detected">;
  judge({ caseKey, text }: Pick<Labeled, "caseKey" | "text">, task: Task) {
    const { folds } = this.#bayes;
    const fold = foldOf(caseKey, folds);
    const probability = this.#bayes.probabilityOfYes(text, fold);
    const isDetected = probability >= 0.5;
    const common = {
      confidence: isDetected ? probability : 1 - probability,
      indicators: this.#indicators(text, fold),
      rationale: `Trained classifier, fold ${fold + 1} of ${folds}, which has not seen this case: probability ${probability.toFixed(3)}.`,
      method: "local" as const,
    };
    return task === "ipv" ? { ipv_detected: isDetected, ...common } : { spam_detected: isDetected, ...common };
  }

  /** Words that indicate yes, strongest first. */
  #indicators(text: string, fold: number): string[] {
    const words = [...new Set(splitWords(text).map((word) => word.text))];
    const ranked = words
      .map((word) => ({ word, leaning: this.#bayes.leaning(word, fold) }))
      .filter(({ leaning }) => leaning > 0)
      .sort((a, b) => b.leaning - a.leaning || (a.word < b.word ? -1 : 1));
    return ranked.slice(0, INDICATORS_MAX).map(({ word }) => word);
  }
}
