// A rule engine over words: weighted terms, negation with a scope, pairs of tags, a threshold. Callers provide the
// rules; this file has none about any subject. The result says which rules fired and where, so it can be checked.
// Invariant: the same text and rules give the same result, and every point of the score is in `hits` or `pairs`.
import { ModelConfigError } from "@holdfast/models";
import { splitWords, type Word } from "./words.js";

export interface LexiconRules {
  readonly name: string;
  readonly version: string;
  /**
   * Words and phrases by tag. A word ending in `*` matches any word with that prefix ("strangl*"); in a phrase, only
   * the last word may.
   */
  readonly terms: readonly { readonly tag: string; readonly weight: number; readonly words: readonly string[] }[];
  /** Words or phrases that negate the terms after them, e.g. "no", "denies", "no evidence of". */
  readonly negations?: readonly string[] | undefined;
  /** Number of words after a negation that it reaches. Default 5: "no signs of any physical abuse" is within it. */
  readonly negationReach?: number | undefined;
  /** Words that end a negation's reach early, e.g. "but", "however". The end of a sentence always does. */
  readonly scopeEnds?: readonly string[] | undefined;
  /** Tags that add weight if all of them occur, not negated, in one sentence (default) or anywhere. */
  readonly pairs?: readonly {
    readonly tags: readonly string[];
    readonly weight: number;
    readonly within?: "sentence" | "text" | undefined;
  }[];
  readonly threshold: number;
  readonly labels: { readonly positive: string; readonly negative: string };
}

export interface LexiconHit {
  readonly tag: string;
  readonly term: string;
  readonly start: number;
  readonly end: number;
  readonly sentence: number;
  readonly weight: number;
  readonly negated: boolean;
}

export interface LexiconVerdict {
  readonly method: "local";
  readonly engine: "lexicon-v1";
  readonly rules: string;
  readonly label: string;
  readonly score: number;
  /** Distance from the threshold, mapped to 0.5..1 by a logistic curve. It orders verdicts; it is not a probability. */
  readonly confidence: number;
  readonly hits: readonly LexiconHit[];
  readonly pairs: readonly { readonly tags: readonly string[]; readonly weight: number }[];
}

export interface LexiconClassifier {
  readonly engine: "lexicon-v1";
  classify(text: string): LexiconVerdict;
}

const NEGATION_REACH = 5;

interface Phrase {
  readonly words: readonly string[];
  /** Whether the last word is a prefix. */
  readonly open: boolean;
  readonly source: string;
}

/** Creates a classifier from rules. @throws {ModelConfigError} MODEL_CONFIG_INVALID, naming the invalid rule. */
export function createLexiconClassifier(rules: LexiconRules): LexiconClassifier {
  checkRules(rules);
  const terms = new PhraseIndex(rules.terms.flatMap((term) => term.words.map((words) => ({ words, value: term }))));
  const negations = new PhraseIndex((rules.negations ?? []).map((words) => ({ words, value: true })));
  const scopeEnds = new Set((rules.scopeEnds ?? []).map((word) => word.toLowerCase()));
  const reach = rules.negationReach ?? NEGATION_REACH;

  /** Returns for each word whether a negation reaches it. */
  function negatedPlaces(words: readonly Word[]): boolean[] {
    const negated = words.map(() => false);
    for (let at = 0; at < words.length; at++) {
      const found = negations.longestAt(words, at);
      if (found === null) continue;
      const from = at + found.length;
      for (let place = from; place < Math.min(words.length, from + reach); place++) {
        const word = words[place] as Word;
        if (word.sentence !== words[at]?.sentence || scopeEnds.has(word.text)) break;
        negated[place] = true;
      }
    }
    return negated;
  }

  function findHits(words: readonly Word[]): LexiconHit[] {
    const negated = negatedPlaces(words);
    const hits: LexiconHit[] = [];
    for (let at = 0; at < words.length; ) {
      const found = terms.longestAt(words, at);
      if (found === null) {
        at += 1;
        continue;
      }
      const { start, sentence } = words[at] as Word;
      const { end } = words[at + found.length - 1] as Word;
      const { tag, weight } = found.value;
      hits.push({ tag, term: found.source, start, end, sentence, weight, negated: negated[at] as boolean });
      at += found.length; // the longest phrase wins, and its words are consumed
    }
    return hits;
  }

  return {
    engine: "lexicon-v1",
    classify(text) {
      const hits = findHits(splitWords(text));
      const valid = hits.filter((hit) => !hit.negated);
      // A term counts once however often it occurs: length is no evidence.
      const once = new Map(valid.map((hit) => [`${hit.tag}\0${hit.term}`, hit.weight]));
      const pairs = (rules.pairs ?? [])
        .filter((pair) => meets(pair.tags, pair.within ?? "sentence", valid))
        .map(({ tags, weight }) => ({ tags, weight }));
      let score = 0;
      for (const weight of once.values()) score += weight;
      for (const pair of pairs) score += pair.weight;
      const positive = score >= rules.threshold;
      return {
        method: "local",
        engine: "lexicon-v1",
        rules: `${rules.name}@${rules.version}`,
        label: positive ? rules.labels.positive : rules.labels.negative,
        score,
        confidence: 1 / (1 + Math.exp(-Math.abs(score - rules.threshold))),
        hits,
        pairs,
      };
    },
  };
}

function meets(tags: readonly string[], within: "sentence" | "text", hits: readonly LexiconHit[]): boolean {
  const holds = (some: readonly LexiconHit[]) => tags.every((tag) => some.some((hit) => hit.tag === tag));
  if (within === "text") return holds(hits);
  return [...new Set(hits.map((hit) => hit.sentence))].some((at) => holds(hits.filter((hit) => hit.sentence === at)));
}

/**
 * Phrases by their first word, or by its prefix for a single word ending in `*`. A lookup costs only the candidates at
 * its position.
 */
class PhraseIndex<V> {
  readonly #byFirst = new Map<string, { phrase: Phrase; value: V }[]>();
  readonly #byBeginning = new Map<string, { phrase: Phrase; value: V }[]>();
  #longestBeginning = 0;

  constructor(entries: readonly { readonly words: string; readonly value: V }[]) {
    for (const { words: source, value } of entries) {
      const phrase = readPhrase(source);
      const first = phrase.words[0] as string;
      const beginning = phrase.open && phrase.words.length === 1;
      const index = beginning ? this.#byBeginning : this.#byFirst;
      if (beginning) this.#longestBeginning = Math.max(this.#longestBeginning, first.length);
      const list = index.get(first) ?? [];
      list.push({ phrase, value });
      index.set(first, list);
    }
  }

  longestAt(words: readonly Word[], at: number): { length: number; value: V; source: string } | null {
    const first = (words[at] as Word).text;
    let best: { phrase: Phrase; value: V } | null = null;
    for (const entry of this.#byFirst.get(first) ?? []) {
      if (matchesAt(entry.phrase, words, at) && entry.phrase.words.length > (best?.phrase.words.length ?? 0))
        best = entry;
    }
    for (let length = Math.min(first.length, this.#longestBeginning); best === null && length > 0; length--) {
      best = this.#byBeginning.get(first.slice(0, length))?.[0] ?? null;
    }
    return best === null ? null : { length: best.phrase.words.length, value: best.value, source: best.phrase.source };
  }
}

function readPhrase(source: string): Phrase {
  const open = source.endsWith("*");
  return { words: splitWords(open ? source.slice(0, -1) : source).map((word) => word.text), open, source };
}

function matchesAt(phrase: Phrase, words: readonly Word[], at: number): boolean {
  return phrase.words.every((expected, offset) => {
    const word = words[at + offset];
    if (word === undefined || word.sentence !== words[at]?.sentence) return false;
    return phrase.open && offset === phrase.words.length - 1 ? word.text.startsWith(expected) : word.text === expected;
  });
}

function checkRules(rules: LexiconRules): void {
  const tags = new Set(rules.terms.map((term) => term.tag));
  const phrases = [...rules.terms.flatMap((term) => term.words), ...(rules.negations ?? [])];
  for (const phrase of phrases) {
    if (readPhrase(phrase).words.length === 0 || phrase.slice(0, -1).includes("*")) {
      throw new ModelConfigError(
        "terms",
        `"${phrase}" can match nothing.`,
        "Write words, with at most one * at the very end.",
      );
    }
  }
  for (const weight of [
    rules.threshold,
    ...rules.terms.map((t) => t.weight),
    ...(rules.pairs ?? []).map((p) => p.weight),
  ]) {
    if (!Number.isFinite(weight)) throw new ModelConfigError("weight", `${weight} is no finite number.`, "Give one.");
  }
  for (const tag of (rules.pairs ?? []).flatMap((pair) => pair.tags)) {
    if (!tags.has(tag))
      throw new ModelConfigError("pairs", `no term has the tag "${tag}".`, `Use one of ${[...tags].join(", ")}.`);
  }
}
