// Statistics over all documents: how often each term and name is used, where, and how that differs between an earlier
// and a later half. Pure, one pass, bounded memory: documents are added one by one and not kept.
import { type Measured, round } from "./measure.js";
import type { TonedSentence } from "./tone.js";

export interface Period {
  readonly label: string;
  readonly documents: number;
  readonly words: number;
}

export interface TermRow {
  readonly term: string;
  readonly count: number;
  readonly documents: number;
  /**
   * Sum over the documents of (share of the document's words) × ln(N / number of documents that contain it), in
   * thousandths.
   */
  readonly tfIdf: number;
  /** Uses per 10,000 words in the two halves; null without halves. */
  readonly rates: readonly [number, number] | null;
  /** Log-likelihood of the difference between the halves, negative if it is used less in the later one; null without halves. */
  readonly keyness: number | null;
}

export interface NameRow {
  readonly name: string;
  readonly count: number;
  readonly documents: number;
}

export interface TonePoint {
  readonly date: string;
  readonly per100: number;
  readonly documents: number;
}

interface Half {
  documents: number;
  words: number;
}

interface Uses {
  count: number;
  documents: number;
  /** Sum of its shares of the documents' words. */
  shares: number;
  earlier: number;
  later: number;
}

/**
 * Maximum number of different terms held over all documents: some 200 MB. Terms used once in one document are dropped
 * first.
 */
const HELD_MAX = 1_500_000;
const QUOTES_MAX = 3;

export interface Quote extends TonedSentence {
  readonly from: string;
}

export class Corpus {
  #documents = 0;
  #words = 0;
  #forgotten = 0;
  readonly #terms = new Map<string, Uses>();
  readonly #names = new Map<string, { count: number; documents: number }>();
  readonly #halves: readonly [Half, Half] = [
    { documents: 0, words: 0 },
    { documents: 0, words: 0 },
  ];
  readonly #tones = new Map<string, { net: number; words: number; documents: number }>();
  #best: Quote[] = [];
  #worst: Quote[] = [];

  /** `boundary` is the last date of the earlier half; null if the documents do not have two different dates. */
  constructor(
    private readonly boundary: { readonly date: string; readonly labels: readonly [string, string] } | null,
  ) {}

  add(from: { readonly name: string; readonly date: string | null }, { words, terms, names, tone }: Measured): void {
    const { date } = from;
    this.#documents++;
    this.#words += words;
    const half = this.boundary === null || date === null ? null : date <= this.boundary.date ? 0 : 1;
    if (half !== null) {
      this.#halves[half].documents++;
      this.#halves[half].words += words;
    }
    for (const [term, count] of terms) {
      const uses = this.#terms.get(term) ?? { count: 0, documents: 0, shares: 0, earlier: 0, later: 0 };
      uses.count += count;
      uses.documents++;
      uses.shares += count / words;
      // A document without a date belongs to neither half.
      if (half === 0) uses.earlier += count;
      if (half === 1) uses.later += count;
      this.#terms.set(term, uses);
    }
    for (const [name, count] of names) {
      const known = this.#names.get(name) ?? { count: 0, documents: 0 };
      this.#names.set(name, { count: known.count + count, documents: known.documents + 1 });
    }
    if (date !== null) {
      const known = this.#tones.get(date) ?? { net: 0, words: 0, documents: 0 };
      const net = known.net + tone.positive + tone.negative;
      this.#tones.set(date, { net, words: known.words + words, documents: known.documents + 1 });
    }
    const quote = (one: TonedSentence | null) => (one === null ? [] : [{ ...one, from: from.name }]);
    this.#best = [...this.#best, ...quote(tone.best)].sort((a, b) => b.score - a.score).slice(0, QUOTES_MAX);
    this.#worst = [...this.#worst, ...quote(tone.worst)].sort((a, b) => a.score - b.score).slice(0, QUOTES_MAX);
    if (this.#terms.size > HELD_MAX) this.#forgetRarest();
  }

  totals() {
    const { size } = this.#terms;
    return {
      documents: this.#documents,
      words: this.#words,
      distinct: size + this.#forgotten,
      forgotten: this.#forgotten,
    };
  }

  periods(): readonly [Period, Period] | null {
    if (this.boundary === null) return null;
    const [a, b] = this.#halves;
    const [first, second] = this.boundary.labels;
    return [
      { label: first, ...a },
      { label: second, ...b },
    ];
  }

  /** Every term, most used first. */
  terms(): TermRow[] {
    const [a, b] = this.#halves;
    const isCompared = this.boundary !== null && a.words > 0 && b.words > 0;
    const rows = [...this.#terms].map(([term, { count, documents, shares, earlier, later }]): TermRow => {
      return {
        term,
        count,
        documents,
        tfIdf: round(1000 * shares * Math.log(this.#documents / documents)),
        rates: isCompared ? [rate(earlier, a.words), rate(later, b.words)] : null,
        keyness: isCompared ? keynessOf(earlier, a.words, later, b.words) : null,
      };
    });
    return rows.sort((x, y) => y.count - x.count || (x.term < y.term ? -1 : 1));
  }

  names(): NameRow[] {
    return [...this.#names]
      .map(([name, uses]) => ({ name, ...uses }))
      .sort((x, y) => y.count - x.count || (x.name < y.name ? -1 : 1));
  }

  /** Tone by date, ascending. */
  tones(): TonePoint[] {
    return [...this.#tones]
      .map(([date, { net, words, documents }]) => ({ date, per100: round((100 * net) / words), documents }))
      .sort((a, b) => (a.date < b.date ? -1 : 1));
  }

  quotes(): Quote[] {
    return [...this.#best, ...this.#worst];
  }

  #forgetRarest(): void {
    for (const [term, { count }] of this.#terms) {
      if (count > 1) continue;
      this.#terms.delete(term);
      this.#forgotten++;
    }
  }
}

const rate = (count: number, words: number) => round((10_000 * count) / words);

/**
 * Log-likelihood ratio of two counts in two texts (Dunning 1993, as used by Rayson and Garside 2000). A difference with
 * a value above 15.13 occurs by chance once in 10,000. Signed: negative if the later text uses the term less.
 */
export function keynessOf(a: number, wordsA: number, b: number, wordsB: number): number {
  const expectedA = (wordsA * (a + b)) / (wordsA + wordsB);
  const expectedB = (wordsB * (a + b)) / (wordsA + wordsB);
  const part = (count: number, expected: number) => (count === 0 ? 0 : count * Math.log(count / expected));
  const value = round(2 * (part(a, expectedA) + part(b, expectedB)));
  return b / wordsB >= a / wordsA ? value : -value;
}

/**
 * Returns the date that divides dated documents into an earlier and a later half; null if they do not have two
 * different dates.
 */
export function findBoundary(
  dates: readonly string[],
): { readonly date: string; readonly labels: readonly [string, string] } | null {
  const sorted = [...dates].sort();
  const different = [...new Set(sorted)];
  if (different.length < 2) return null;
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as string;
  const at = Math.min(different.indexOf(middle), different.length - 2);
  const date = different[at] as string;
  return { date, labels: [`to ${date}`, `from ${different[at + 1]}`] };
}
