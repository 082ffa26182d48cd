// Generates the rows of a synthetic dataset case by case, in constant memory.
import { rowRandom } from "@holdfast/workload-kit";
import { tellCase } from "./narrative.js";

/** One row of the file. The column names are the defaults of an experiment's `data.columns`. */
export interface NarrativeRow {
  readonly incident_id: string;
  readonly le_narrative: string;
  readonly cme_narrative: string;
  /** The manual label: 1 if the case involves intimate-partner violence, otherwise 0. */
  readonly ipv_manual: 0 | 1;
  /** Marks the row as invented, wherever it is copied. Scores of such rows say so beside every figure. */
  readonly synthetic: "yes";
}

export interface GenerateOptions {
  /** Number of rows. Each has two narratives. */
  readonly cases: number;
  /** 0 to 4,294,967,295. The same seed gives the same rows on every machine. */
  readonly seed: number;
}

export const NARRATIVE_COLUMNS = ["incident_id", "le_narrative", "cme_narrative", "ipv_manual", "synthetic"] as const;

/**
 * Generates labeled synthetic narratives: invented incidents for trials and measurements, never for findings.
 *
 * About one case in four is labeled 1. Some are hard on purpose: negated histories, partners who are only found at the
 * scene, violence by relatives or strangers, partners whom no word names, one of the two narratives missing or without
 * the decisive fact, typing errors and abbreviations, and 1.2 % wrong labels.
 *
 * Guarantees: the same seed gives the same rows, and the first n rows do not depend on `cases`.
 */
export function* generateNarratives({ cases, seed }: GenerateOptions): Generator<NarrativeRow, void, undefined> {
  for (let index = 0; index < cases; index++) {
    const story = tellCase(rowRandom(seed, index));
    yield {
      // Zero-padded: a reader that turns IDs into numbers would lose the zeros, and tests would notice.
      incident_id: String(index + 1).padStart(7, "0"),
      le_narrative: story.le,
      cme_narrative: story.cme,
      ipv_manual: story.isIpv ? 1 : 0,
      synthetic: "yes",
    };
  }
}
