// Reads a label cell as yes, no, or not scored: by the words of the experiment (`data.labels`), else by the usual ones.
// Any other cell is a mistake in the file, never a "no".

import { isWords, sameWord } from "../config/label-words.js";
import type { Labels, LabelWords } from "../config/schema.js";

const DEFAULT_WORDS = { positive: ["1", "true", "yes", "y"], negative: ["0", "false", "no", "n"] };
/** Words for a cell without a label. Never scored unless the experiment defines them. */
const NOT_APPLICABLE = ["", "n/a", "na", "n.a.", "#n/a", "not applicable"];

/**
 * Returns the meaning of a cell; undefined if it has no known meaning. Case, surrounding spaces and number format do
 * not matter.
 */
export function readLabel(cell: string, words: LabelWords | undefined): boolean | null | undefined {
  const { positive, negative } = words ?? DEFAULT_WORDS;
  if (has(positive, cell)) return true;
  if (has(negative, cell)) return false;
  return has(words?.unscored ?? [], cell) || has(NOT_APPLICABLE, cell) ? null : undefined;
}

/** Returns the words that apply to one narrative type. */
export function wordsFor(labels: Labels | undefined, type: string): LabelWords | undefined {
  if (labels === undefined) return undefined;
  return isWords(labels) ? labels : labels[type];
}

/** Words the allowed contents of a cell, for an error. */
export function wordChoice(words: LabelWords | undefined): string {
  if (words === undefined) {
    return "Write 1 or 0 (true/false and yes/no are read as well), leave it empty or write N/A, or map its words with `data.labels`.";
  }
  const list = [...words.positive, ...words.negative, ...words.unscored].map((word) => JSON.stringify(word)).join(", ");
  return `\`data.labels\` knows ${list}: add the word there, or correct the cell.`;
}

function has(words: readonly string[], cell: string): boolean {
  return words.some((word) => sameWord(word, cell));
}
