// The tone of a text by its words: AFINN-111, a list of some 2,500 English words rated from -5 to 5 by Finn Årup
// Nielsen (2011), matched by the lexicon engine. A negation before a word reverses its sign. It does not detect irony
// or context, nor other languages.
import { createLexiconClassifier, type LexiconHit } from "@holdfast/workload-kit";
import { AFINN } from "./afinn.js";

export const TONE_METHOD =
  "AFINN-111 (Nielsen 2011): the sum of the weights of its words, per 100 words; a word within three of a negation counts with the opposite sign";

const NEGATIONS = [
  "not",
  "no",
  "never",
  "none",
  "nor",
  "neither",
  "without",
  "cannot",
  "can't",
  "don't",
  "doesn't",
  "didn't",
  "isn't",
  "aren't",
  "wasn't",
  "weren't",
  "won't",
  "wouldn't",
  "shouldn't",
  "couldn't",
  "hardly",
];

const classifier = createLexiconClassifier({
  name: "afinn",
  version: "111",
  terms: AFINN.map(([weight, words]) => ({
    tag: String(weight),
    weight,
    // Words in the list that are negations themselves have no tone of their own.
    words: words.split("|").filter((word) => !NEGATIONS.includes(word)),
  })).filter(({ words }) => words.length > 0),
  negations: NEGATIONS,
  negationReach: 3,
  scopeEnds: ["but", "however", "although"],
  threshold: 0,
  labels: { positive: "positive", negative: "negative" },
});

export interface TonedSentence {
  readonly score: number;
  readonly text: string;
}

export interface Tone {
  /** Sum of the positive word weights, and of the negative ones (below zero). */
  readonly positive: number;
  readonly negative: number;
  readonly hits: number;
  readonly best: TonedSentence | null;
  readonly worst: TonedSentence | null;
}

/** Longer sentences are lists or lack periods. */
const SENTENCE_CHARS_MAX = 300;

/** Returns the tone of a piece of text, with its most positive and most negative sentences. */
export function toneOf(text: string): Tone {
  const { hits } = classifier.classify(text);
  let positive = 0;
  let negative = 0;
  const bySentence = new Map<number, { score: number; hit: LexiconHit }>();
  for (const hit of hits) {
    const weight = hit.negated ? -hit.weight : hit.weight;
    if (weight > 0) positive += weight;
    else negative += weight;
    const known = bySentence.get(hit.sentence);
    bySentence.set(hit.sentence, { score: (known?.score ?? 0) + weight, hit: known?.hit ?? hit });
  }
  let best: TonedSentence | null = null;
  let worst: TonedSentence | null = null;
  for (const { score, hit } of bySentence.values()) {
    if (score > (best?.score ?? 0)) best = sentenceAt(text, hit, score) ?? best;
    if (score < (worst?.score ?? 0)) worst = sentenceAt(text, hit, score) ?? worst;
  }
  return { positive, negative, hits: hits.length, best, worst };
}

function sentenceAt(text: string, hit: LexiconHit, score: number): TonedSentence | null {
  const from = Math.max(...[". ", "! ", "? ", ";", "\n"].map((end) => text.lastIndexOf(end, hit.start)));
  const ends = [".", "!", "?", ";", "\n"].map((end) => text.indexOf(end, hit.end)).filter((at) => at >= 0);
  const sentence = text
    .slice(from + 1, ends.length === 0 ? text.length : Math.min(...ends) + 1)
    .replace(/\s+/g, " ")
    .trim();
  return sentence.length > SENTENCE_CHARS_MAX || sentence === "" ? null : { score, text: sentence };
}
