// Words for labels, as mapped by the configuration.
import type { Labels, LabelWords } from "./schema.js";

export function isWords(labels: Labels): labels is LabelWords {
  return Array.isArray((labels as LabelWords).positive);
}

/** Returns whether two words are equal: "1" and "1.0" are one number, "Yes " and "yes" one word. */
export function sameWord(a: string, b: string): boolean {
  const [one, other] = [a.trim().toLowerCase(), b.trim().toLowerCase()];
  if (one === other) return true;
  return one !== "" && other !== "" && Number(one) === Number(other);
}
