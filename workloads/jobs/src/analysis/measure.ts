// Measures one document piece by piece in constant memory: words, terms, names, tone. A job records the result once per
// document.
import { isStopWord } from "@holdfast/workload-kit/sources";
import { countNames, mergeNames, type NameCounts } from "./names.js";
import { type TonedSentence, toneOf } from "./tone.js";

export interface Measured {
  readonly words: number;
  readonly sentences: number;
  /** Count of each term in it, most used first; at most `TERMS_KEPT_MAX`. */
  readonly terms: [term: string, count: number][];
  readonly names: [name: string, count: number][];
  /** Number of different terms; more than in `terms` if some were dropped. */
  readonly distinct: number;
  readonly tone: {
    readonly positive: number;
    readonly negative: number;
    readonly hits: number;
    /** (positive + negative) / words × 100; null in a document without words. */
    readonly per100: number | null;
    readonly best: TonedSentence | null;
    readonly worst: TonedSentence | null;
  };
  /** What a reader should know about the count. */
  readonly notes: string[];
}

/**
 * Maximum terms and names kept per document. A novel has some 10,000 different words. The rarest are dropped first, and
 * the result says so.
 */
export const TERMS_KEPT_MAX = 10_000;
export const NAMES_KEPT_MAX = 2_000;
/** Maximum different terms held while counting: 50 MB. In a file of random words, those seen once are dropped at this size. */
const HELD_MAX = 400_000;
const WORD_CHARS_MAX = 60;

/** A run of letters, with apostrophes and hyphens inside. `Intl.Segmenter` divides scripts without blanks. */
const WORD = /\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*/gu;
const UNPARTED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/u;
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

export class Measure {
  #words = 0;
  #sentences = 0;
  #positive = 0;
  #negative = 0;
  #hits = 0;
  #best: TonedSentence | null = null;
  #worst: TonedSentence | null = null;
  #forgotten = 0;
  readonly #terms = new Map<string, number>();
  readonly #names: NameCounts = { inside: new Map(), atStart: new Map() };

  constructor(private readonly ignored: ReadonlySet<string> = new Set()) {}

  add(text: string): void {
    for (const [found] of text.matchAll(WORD)) {
      if (UNPARTED.test(found)) for (const { segment } of segmenter.segment(found)) this.#take(segment);
      else this.#take(found);
    }
    this.#sentences += text.split(/[.!?。！？\n]+/u).filter((part) => /\p{L}/u.test(part)).length;
    countNames(text, this.#names);
    const { positive, negative, hits, best, worst } = toneOf(text);
    this.#positive += positive;
    this.#negative += negative;
    this.#hits += hits;
    if (best !== null && best.score > (this.#best?.score ?? 0)) this.#best = best;
    if (worst !== null && worst.score < (this.#worst?.score ?? 0)) this.#worst = worst;
    if (this.#terms.size > HELD_MAX) this.#forgotten += forgetRarest(this.#terms, HELD_MAX / 2);
    for (const names of [this.#names.inside, this.#names.atStart]) {
      if (names.size > HELD_MAX / 4) this.#forgotten += forgetRarest(names, HELD_MAX / 8);
    }
  }

  result(): Measured {
    const names = mergeNames(this.#names);
    const net = this.#positive + this.#negative;
    const notes: string[] = [];
    const distinct = this.#terms.size + this.#forgotten;
    if (distinct > TERMS_KEPT_MAX)
      notes.push(`${distinct} different words, of which the ${TERMS_KEPT_MAX} most used are counted`);
    return {
      words: this.#words,
      sentences: this.#sentences,
      terms: mostUsed(this.#terms, TERMS_KEPT_MAX),
      names: mostUsed(names, NAMES_KEPT_MAX),
      distinct,
      tone: {
        positive: this.#positive,
        negative: this.#negative,
        hits: this.#hits,
        per100: this.#words === 0 ? null : round((100 * net) / this.#words),
        best: this.#best,
        worst: this.#worst,
      },
      notes,
    };
  }

  #take(found: string): void {
    this.#words++;
    const term = found.toLowerCase().replaceAll("’", "'").replace(/'s$/, "");
    if (term.length > WORD_CHARS_MAX || isStopWord(term) || this.ignored.has(term)) return;
    if (term.length < 2 && !UNPARTED.test(term)) return;
    this.#terms.set(term, (this.#terms.get(term) ?? 0) + 1);
  }
}

/** Makes room by dropping the least frequent entries. Returns how many were dropped. */
function forgetRarest(counts: Map<string, number>, leaving: number): number {
  const before = counts.size;
  for (let rare = 1; counts.size > leaving; rare++) {
    for (const [term, count] of counts) {
      if (count <= rare) counts.delete(term);
      if (counts.size <= leaving) break;
    }
  }
  return before - counts.size;
}

function mostUsed(counts: ReadonlyMap<string, number>, most: number): [string, number][] {
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, most);
}

export const round = (value: number) => Math.round(value * 1000) / 1000;
