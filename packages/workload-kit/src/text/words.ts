// Splits text into words and sentences, in the same way for every local method. No stemming and no stop words: in short
// texts about people, both discard what carries the meaning ("not", "her").

/** One word in lower case, with inner apostrophes, and its position in the text. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Number of its sentence, from 0. */
  readonly sentence: number;
}

// Runs of letters or digits, with apostrophes and hyphens only inside ("didn't", "ex-wife"). Curly apostrophes become
// straight.
const WORD_OR_END = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|[.!?;\n]+/gu;

export function splitWords(text: string): Word[] {
  const words: Word[] = [];
  let sentence = 0;
  for (const match of text.matchAll(WORD_OR_END)) {
    const [found] = match;
    if (/^[.!?;\n]/.test(found)) {
      // A sentence ends only after a word: "..." and blank lines end nothing.
      if (words.at(-1)?.sentence === sentence) sentence += 1;
      continue;
    }
    const lower = found.toLowerCase().replaceAll("’", "'");
    words.push({ text: lower, start: match.index, end: match.index + found.length, sentence });
  }
  return words;
}
