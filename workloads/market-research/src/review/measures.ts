/**
 * Measures for reviews: readability, recency, repetition, language. Numbers only; the reviews decide what counts as an
 * issue.
 */
import { stopWordShare } from "@holdfast/workload-kit/sources";

export type Severity = "low" | "medium" | "high";

export interface Issue {
  severity: Severity;
  rule: string;
  where: string;
  message: string;
}

/**
 * Flesch reading ease: about 30 and below reads like a law, 60 like a newspaper. Not limited to 0–100. Formula: 206.835
 * − 1.015 × words per sentence − 84.6 × syllables per word (Flesch, 1948).
 */
export function readingEase(sentences: readonly string[]): number {
  const words = sentences.flatMap((sentence) => sentence.match(/\p{L}+/gu) ?? []);
  if (words.length === 0 || sentences.length === 0) return 0;
  const syllables = words.reduce((sum, word) => sum + countSyllables(word), 0);
  return round(206.835 - 1.015 * (words.length / sentences.length) - 84.6 * (syllables / words.length), 1);
}

/** Counts vowel groups without a silent final e: right for nine of ten English words, which suffices for an average. */
export function countSyllables(word: string): number {
  const plain = word.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  const groups = plain.match(/[aeiouyæø]+/g)?.length ?? 0;
  const silent = /[^aeiouy]e$/.test(plain) && !/[^aeiouy]le$/.test(plain) ? 1 : 0;
  return Math.max(1, groups - silent);
}

/** Returns the newest year that a text names, up to the year of the run; null if it names none. */
export function newestYear(text: string, runYear: number): number | null {
  const years = (text.match(/(?<!\d)(?:19|20)\d{2}(?!\d)/g) ?? []).map(Number).filter((year) => year <= runYear);
  return years.length === 0 ? null : Math.max(...years);
}

/** Returns the share of English texts: those in which at least one word in six is an English function word. */
export function englishShare(texts: readonly string[]): number {
  if (texts.length === 0) return 1;
  return round(texts.filter((text) => stopWordShare(text) >= 1 / 6).length / texts.length, 3);
}

export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}

/** part / whole; 1 if whole is 0. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 1 : round(part / whole, 3);
}
