// Text to words and sentences, the same way for every local method. No stemming and no stop words: for short texts about
// people both throw away what carries the meaning ("not", "her").

/** One word: lower case, apostrophes kept within, with its place in the text. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Number of the sentence it stands in, from 0. */
  readonly sentence: number;
}

// A letter or digit run; apostrophes and hyphens only between letters ("didn't", "ex-wife"). Curly apostrophes become straight.
const WORD_OR_END = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|[.!?;\n]+/gu;

export function splitWords(text: string): Word[] {
  const words: Word[] = [];
  let sentence = 0;
  for (const match of text.matchAll(WORD_OR_END)) {
    const [found] = match;
    if (/^[.!?;\n]/.test(found)) {
      // A sentence that has no word yet does not count: "..." and blank lines end nothing.
      if (words.at(-1)?.sentence === sentence) sentence += 1;
      continue;
    }
    const lower = found.toLowerCase().replaceAll("’", "'");
    words.push({ text: lower, start: match.index, end: match.index + found.length, sentence });
  }
  return words;
}
