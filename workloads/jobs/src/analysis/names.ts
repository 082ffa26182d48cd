// Finds names in a text: runs of capitalized words, recognized only by their spelling. There is no dictionary and no
// model, so persons, places and laws are not distinguished, and scripts without capitals have no names. Pure.

/** Words that may occur within a name: "House of Representatives", "Simón de Bolívar". */
const WITHIN = new Set(["of", "de", "del", "da", "di", "van", "von", "der", "la", "le", "al", "bin", "ibn"]);
/** Words capitalized without being names. */
const NO_NAME = new Set("I I'm I've I'll I'd O Oh Mr Mrs Ms Dr Sir".split(" "));
/** Maximum words in a name; longer runs are headings. */
const WORDS_MAX = 6;
/** Longer words in capitals only are emphasis or headings; shorter ones are abbreviations. */
const ACRONYM_LENGTH_MAX = 6;

const WORD_OR_END = /\p{L}[\p{L}\p{M}\p{N}]*(?:['’.-]\p{L}[\p{L}\p{M}\p{N}]*)*|[.!?:;\n"“”()]+|,/gu;

export interface NameCounts {
  /** How often each run of capitalized words occurs inside a sentence. */
  readonly inside: Map<string, number>;
  /** How often each single word begins a sentence with a capital. It counts as a name if it also is one elsewhere. */
  readonly atStart: Map<string, number>;
}

/** Adds the names of a piece of text to the counts. */
export function countNames(text: string, { inside, atStart }: NameCounts): void {
  let run: string[] = [];
  let beganSentence = false;
  let isStart = true;
  const close = () => {
    while (run.length > 0 && WITHIN.has(run.at(-1) ?? "")) run.pop();
    const name = run.join(" ");
    // Two words in capitals only are a heading or emphasis.
    const isShouted = run.length > 1 && !/\p{Ll}/u.test(run.filter((word) => !WITHIN.has(word)).join(""));
    if (run.length > 0 && run.length <= WORDS_MAX && !isShouted) {
      if (!beganSentence || run.length > 1) add(inside, beganSentence ? withoutArticle(run) : name);
      else add(atStart, name);
    }
    run = [];
  };
  for (const [token] of text.matchAll(WORD_OR_END)) {
    if (!/^\p{L}/u.test(token)) {
      close();
      if (token !== ",") isStart = true;
      continue;
    }
    const word = token.replace(/['’]s$/u, "");
    if (isCapital(word)) {
      if (run.length === 0) beganSentence = isStart;
      run.push(word);
      if (word !== token) close(); // "Washington's Congress" is two names
    } else if (run.length > 0 && WITHIN.has(word)) run.push(word);
    else close();
    isStart = false;
  }
  close();
}

/** Returns names with their counts. A word that only ever begins sentences is not a name, since it is capitalized anyway. */
export function mergeNames({ inside, atStart }: NameCounts): Map<string, number> {
  const names = new Map(inside);
  for (const [word, count] of atStart) {
    const known = names.get(word);
    if (known !== undefined) names.set(word, known + count);
  }
  return names;
}

function isCapital(word: string): boolean {
  if (NO_NAME.has(word) || word.length < 2 || !/^\p{Lu}/u.test(word)) return false;
  return word.length <= ACRONYM_LENGTH_MAX || /\p{Ll}/u.test(word);
}

/** Words dropped from the beginning of a sentence: "The United States" is "United States", "But Congress" is "Congress". */
const OPENERS = new Set(
  "The A An In On At And But Or For If When While As By To From With This That These Those Our Their His Her Its My Your No Not So Yet".split(
    " ",
  ),
);
function withoutArticle(run: readonly string[]): string {
  return (OPENERS.has(run[0] ?? "") ? run.slice(1) : run).join(" ");
}

function add(counts: Map<string, number>, name: string): void {
  if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
}
