// One exported row per narrative: the question, the answer, the label, and how it was obtained. The column order is a
// contract with readers of the CSV: add at the end, never rename.
import type { ErrorCategory } from "../prompt/error-categories.js";

export interface ExportRow {
  readonly case_key: string;
  readonly narrative_type: string;
  /** 1, 0, or null if the row has no label. */
  readonly label: 0 | 1 | null;
  /** 1, 0, or null if the item ended in an error. */
  readonly predicted: 0 | 1 | null;
  /** 1, 0, or null if there is nothing to compare. */
  readonly correct: 0 | 1 | null;
  readonly outcome: "ok" | "error";
  readonly category: ErrorCategory | null;
  readonly error: string | null;
  readonly confidence: number | null;
  readonly indicators: readonly string[];
  readonly rationale: string | null;
  /** `local`, or the model that answered. */
  readonly method: string | null;
  readonly attempts: number;
  /** `synthetic` if the data is invented: its accuracy says nothing about real cases. */
  readonly data?: "synthetic" | undefined;
}

export const EXPORT_COLUMNS = [
  "case_key",
  "narrative_type",
  "label",
  "predicted",
  "correct",
  "outcome",
  "category",
  "error",
  "confidence",
  "indicators",
  "rationale",
  "method",
  "attempts",
  "data",
] as const satisfies readonly (keyof ExportRow)[];

/** Returns whether an answer is right; null if either side is missing, so that errors never count as answers. */
export function correctness(label: 0 | 1 | null, predicted: 0 | 1 | null): 0 | 1 | null {
  if (label === null || predicted === null) return null;
  return label === predicted ? 1 : 0;
}
