// Finds words and phrases in a text. Matches whole words only; `refrigerat*` matches any ending.
import { createLexiconClassifier, splitWords } from "@holdfast/workload-kit";

export interface FoundWords {
  /** Words found, as written in the profile, each once, in its order. */
  readonly found: readonly string[];
  /** Words that occur only under a negation. */
  readonly negated: readonly string[];
}

/** Words that negate what follows. */
const NEGATIONS = [
  "no",
  "not",
  "never",
  "without",
  "neither",
  "nor",
  "no longer",
  "none of",
  "doesn't",
  "don't",
  "isn't",
];
const SCOPE_ENDS = ["but", "however", "instead", "although"];

/** Creates a finder. @throws {ModelConfigError} MODEL_CONFIG_INVALID if a word can match nothing. */
export function wordFinder(words: readonly string[], { minded = false } = {}): (text: string) => FoundWords {
  const lexicon = createLexiconClassifier({
    name: "words",
    version: "1",
    terms: words.map((word, index) => ({ tag: String(index), weight: 1, words: [word] })),
    negations: minded ? NEGATIONS : [],
    scopeEnds: SCOPE_ENDS,
    threshold: 1,
    labels: { positive: "found", negative: "none" },
  });
  return (text) => {
    const { hits } = lexicon.classify(text);
    const said = new Set(hits.filter((hit) => !hit.negated).map((hit) => hit.term));
    const denied = new Set(hits.filter((hit) => hit.negated && !said.has(hit.term)).map((hit) => hit.term));
    return { found: words.filter((word) => said.has(word)), negated: words.filter((word) => denied.has(word)) };
  };
}

/** Words that say nothing about a company. */
const COMMON = new Set(
  "about their there these those which where while other others company companies business businesses with that this from have into they them than then when what will would could should such also more most some only does over under between within uses using used runs running needs makes least many much very".split(
    " ",
  ),
);

/** Returns the significant words of a statement without their endings, used if no keywords are given. */
export function wordsOf(statement: string): readonly string[] {
  const telling = splitWords(statement)
    .map(({ text }) => text)
    .filter((word) => word.length > 3 && !COMMON.has(word));
  return [...new Set(telling.map((word) => (word.length > 5 ? `${word.slice(0, -2)}*` : word)))];
}
