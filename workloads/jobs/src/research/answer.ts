// An answer as data: sentences, each with the passages that support it. This file quotes it from the passages found,
// word for word; write-answer.ts has the model's way. Pure.
import type { Passage, Ranked } from "@holdfast/workload-kit/sources";
import type { FoundPassages } from "./find-passages.js";

export interface Citation {
  /** Number by which sentences cite it, from 1. */
  readonly id: number;
  readonly file: string;
  readonly place: string;
  readonly heading: string;
  /** The passage, word for word. */
  readonly quote: string;
}

export interface AnswerSentence {
  readonly text: string;
  /** Numbers of citations; never empty. */
  readonly citations: number[];
}

export interface Answer {
  readonly sentences: AnswerSentence[];
  readonly citations: Citation[];
}

/** More would be a reading list rather than an answer. */
const QUOTED_MAX = 5;
/** Minimum score of further passages, relative to the best one. */
const QUOTED_SCORE_MIN = 0.55;

/** Quotes the best passages. Empty if none answers. */
export function quoteAnswer({ answering }: FoundPassages): Answer {
  const numbers = new CitationNumbers();
  const sentences = answering
    .filter(({ score }) => score >= QUOTED_SCORE_MIN)
    .slice(0, QUOTED_MAX)
    .map((passage) => ({ text: passage.text, citations: [numbers.of(passage)] }));
  return { sentences, citations: numbers.list() };
}

/** Quotes the passages nearest to a question that no source answers. */
export function quoteNearest({ nearest }: Pick<FoundPassages, "nearest">): Answer {
  const numbers = new CitationNumbers();
  const sentences = nearest.map((passage: Ranked) => ({ text: passage.text, citations: [numbers.of(passage)] }));
  return { sentences, citations: numbers.list() };
}

/** Numbers the cited passages in the order of their first use. */
export class CitationNumbers {
  readonly #citations = new Map<string, Citation>();

  of({ file, place, heading, text }: Passage): number {
    const key = JSON.stringify([file, place, text]);
    const known = this.#citations.get(key);
    if (known !== undefined) return known.id;
    const id = this.#citations.size + 1;
    this.#citations.set(key, { id, file, place, heading, quote: text });
    return id;
  }

  list(): Citation[] {
    return [...this.#citations.values()];
  }
}
