// Finds what the sources say about a question. Runs in the reading process; passages leave it verbatim. Deterministic.
//
// BM25 ranks passages against each other, so its best score is always 1 and does not say whether the question is
// answered. That is judged by the share of the question's words that a passage covers, with rare words counting more.
// Words of its headings and its file name count too, since a passage seldom repeats them; but at least one word must
// occur in the passage itself.
import { diversify, openPassageIndex, type Passage, type Ranked, termsOf } from "@holdfast/workload-kit/sources";
import { type Contradiction, findContradictions } from "./contradictions.js";
import { readsAsInstruction } from "./instructions.js";
import { askedKind, holdsKind, meets, questionTerms, rootOf } from "./question.js";

export interface FoundPassages {
  /** Passages that answer the question, best first. */
  readonly answering: readonly Ranked[];
  /** The nearest passages, if none answers. */
  readonly nearest: readonly Ranked[];
  readonly contradictions: readonly Contradiction[];
  /** Words of the question that occur in no source. */
  readonly unknownWords: readonly string[];
  /** Passages that read as instructions to a program, which were set aside. */
  readonly instructions: readonly Passage[];
  /** Whether an answering passage contains what was asked for: a number, a time, a name. */
  readonly holdsAsked: boolean;
}

/** Maximum passages given to a model, which can weigh them. A quoted answer uses the first few. */
export const ANSWERING_MAX = 16;
const NEAREST_MAX = 3;
/** Minimum share of the question's words, weighted by rarity, for a passage to answer. */
const COVERAGE_MIN = 0.5;
/** Passages compared for contradictions: on the same subject, even if they answer less. */
const COMPARED_MAX = 60;
const COMPARED_COVERAGE_MIN = 0.34;
/** Words of the file name or a heading indicate the subject less reliably than the passage's own. */
const CONTEXT_WEIGHT = 0.6;
const COVERAGE_WEIGHT = 0.6;
const KIND_BONUS = 0.15;

interface Scored {
  readonly passage: Passage;
  readonly order: number;
  readonly score: number;
  readonly coverage: number;
}

export function findPassages(question: string, all: readonly Passage[]): FoundPassages {
  const instructions = all.filter(({ text }) => readsAsInstruction(text));
  const passages = instructions.length === 0 ? all : all.filter((passage) => !instructions.includes(passage));
  const terms = questionTerms(question);
  const kind = askedKind(question);
  const vocabulary = new Vocabulary(terms, passages);
  const scored = score(question, passages, vocabulary);
  const answering = scored.filter(({ coverage }) => coverage >= COVERAGE_MIN);
  const best = diversify(answering, ANSWERING_MAX);
  const compared = scored.filter(({ coverage }) => coverage >= COMPARED_COVERAGE_MIN).slice(0, COMPARED_MAX);
  return {
    answering: best,
    nearest: best.length > 0 ? [] : diversify(scored, NEAREST_MAX),
    contradictions: findContradictions(
      compared.map(({ passage }) => passage),
      kind,
    ),
    unknownWords: vocabulary.unknown(),
    instructions,
    holdsAsked: best.some(({ text }) => holdsKind(text, kind)),
  };
}

function score(question: string, passages: readonly Passage[], vocabulary: Vocabulary): Scored[] {
  const kind = askedKind(question);
  const search = openPassageIndex(passages);
  const hits = search(vocabulary.forms());
  const scored: Scored[] = [];
  for (const [order, { score: relevance }] of hits) {
    const passage = passages[order];
    if (passage === undefined) continue;
    const coverage = vocabulary.coverage(order);
    const bonus = kind !== null && holdsKind(passage.text, kind) ? KIND_BONUS : 0;
    const score = (1 - COVERAGE_WEIGHT) * relevance + COVERAGE_WEIGHT * coverage + bonus;
    scored.push({ passage, order, score, coverage });
  }
  return scored.sort((a, b) => b.score - a.score || a.order - b.order);
}

/** The question's words in the sources: which passages contain each, in which forms, and how rare it is. */
class Vocabulary {
  readonly #terms: readonly string[];
  readonly #own: readonly Set<number>[];
  readonly #context: readonly Set<number>[];
  readonly #forms: readonly Set<string>[];
  readonly #weights: readonly number[];

  constructor(terms: readonly string[], passages: readonly Passage[]) {
    this.#terms = terms;
    const roots = terms.map(rootOf);
    this.#own = terms.map(() => new Set());
    this.#context = terms.map(() => new Set());
    this.#forms = terms.map((term) => new Set([term]));
    /** Which of the question's words a source word is a form of. Determined once per word. */
    const known = new Map<string, readonly number[]>();
    const formsOf = (word: string): readonly number[] => {
      let found = known.get(word);
      if (found === undefined) {
        const root = rootOf(word);
        found = roots.flatMap((wanted, at) => (meets(root, wanted) ? [at] : []));
        known.set(word, found);
      }
      return found;
    };
    const contexts = new Map<string, readonly string[]>();
    for (const [order, { text, heading, file }] of passages.entries()) {
      for (const word of termsOf(text)) {
        for (const at of formsOf(word)) {
          this.#own[at]?.add(order);
          this.#forms[at]?.add(word);
        }
      }
      const about = `${file.replace(/\.[^.]*$/, "").replace(/[_\-/.]+/g, " ")} ${heading}`;
      if (!contexts.has(about)) contexts.set(about, termsOf(about));
      for (const word of contexts.get(about) ?? []) for (const at of formsOf(word)) this.#context[at]?.add(order);
    }
    const count = passages.length;
    this.#weights = terms.map((_, at) => {
      const frequency = new Set([...(this.#own[at] ?? []), ...(this.#context[at] ?? [])]).size;
      return Math.log(1 + (count - frequency + 0.5) / (frequency + 0.5)); // the word weight of BM25
    });
  }

  /** Every form in which a word of the question occurs in the sources, and the word itself. */
  forms(): string[] {
    return this.#forms.flatMap((forms) => [...forms]);
  }

  /**
   * Returns the share of the question's words that a passage covers, weighted by rarity, from 0 to 1. 0 if none occurs
   * in the passage itself.
   */
  coverage(order: number): number {
    const total = this.#weights.reduce((sum, weight) => sum + weight, 0);
    if (total === 0 || !this.#own.some((places) => places.has(order))) return 0;
    let covered = 0;
    for (const [at, weight] of this.#weights.entries()) {
      if (this.#own[at]?.has(order)) covered += weight;
      else if (this.#context[at]?.has(order)) covered += weight * CONTEXT_WEIGHT;
    }
    return covered / total;
  }

  unknown(): string[] {
    return this.#terms.filter((_, at) => this.#own[at]?.size === 0 && this.#context[at]?.size === 0);
  }
}
