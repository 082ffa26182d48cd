// Finding what the sources say to a question. Runs in the reading process; passages leave it verbatim. Same sources, same answer.
//
// BM25 ranks passages against each other, so its best is always 1 and says nothing about whether the question is answered. That is
// judged by the share of the question's words that a passage covers, rare words counting more. Words of the headings above it and of
// its file's name count, since a passage seldom repeats them; but something must stand in the passage itself.
import { diversify, openPassageIndex, type Passage, type Ranked, termsOf } from "@holdfast/workload-kit/sources";
import { type Contradiction, findContradictions } from "./contradictions.js";
import { readsAsInstruction } from "./instructions.js";
import { askedKind, holdsKind, meets, questionTerms, rootOf } from "./question.js";

export interface FoundPassages {
  /** Passages that answer, the best first. */
  readonly answering: readonly Ranked[];
  /** The nearest ones, where none answers. */
  readonly nearest: readonly Ranked[];
  readonly contradictions: readonly Contradiction[];
  /** Words of the question that stand in no source. */
  readonly unknownWords: readonly string[];
  /** Passages that read as instructions to a program; they were set aside. */
  readonly instructions: readonly Passage[];
  /** Whether a passage that answers holds what was asked for: a number, a time, a name. */
  readonly holdsAsked: boolean;
}

/** A model is given these, and can weigh them; a quoted answer takes the first few. */
export const ANSWERING_MAX = 16;
const NEAREST_MAX = 3;
/** A passage answers from this share of the question's words on, weighed by rarity. */
const COVERAGE_MIN = 0.5;
/** What is compared for contradictions: passages that speak of the same, even where they answer less. */
const COMPARED_MAX = 60;
const COMPARED_COVERAGE_MIN = 0.34;
/** Words of the file's name or of a heading say what a passage is about, less surely than its own. */
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

/** The question's words in the sources: which passages hold each, in which forms, and how rare it is. */
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
    /** Which of the question's words a word of a source is a form of: looked up once for each word. */
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
      return Math.log(1 + (count - frequency + 0.5) / (frequency + 0.5)); // as BM25 weighs a word
    });
  }

  /** Every form in which a word of the question stands in the sources, and the word itself. */
  forms(): string[] {
    return this.#forms.flatMap((forms) => [...forms]);
  }

  /** Share of the question's words that a passage covers, weighed by rarity: 0 to 1. 0 where none stands in it itself. */
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
