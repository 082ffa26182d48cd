/** Words as retrieval compares them: folded, without stop words, reduced to a crude stem. Never displayed. */

const STOP_WORDS = new Set(
  (
    "a about above after again all also an and any are as at be because been before being below between both but by can could did do does " +
    "doing down during each few for from further had has have having he her here hers him his how i if in into is it its itself just me more " +
    "most my no nor not of off on once only or other our out over own per same she so some such than that the their them then there these they " +
    "this those through to too under until up very was we were what when where which while who whom why will with would you your"
  ).split(" "),
);

/** Returns whether a word, in lower case, is an English word that says nothing about a text's subject. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}

/** Returns the comparable terms of a text, in order, with repeats. */
export function termsOf(text: string): string[] {
  return (
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
    .filter((word) => !STOP_WORDS.has(word) && (word.length > 1 || /\d/.test(word)))
    .map(stem);
}

/** Returns the share (0 to 1) of English function words, which shows whether a text is in English. */
export function stopWordShare(text: string): number {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.length === 0 ? 0 : words.filter((word) => STOP_WORDS.has(word)).length / words.length;
}

/** Stems plurals and the commonest verb endings: "energy" matches "energies", "service" matches "services". */
export function stem(word: string): string {
  if (/\d/.test(word)) return word;
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 5 && /(sses|shes|ches|xes)$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith("s") && !/(ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

/** Returns the similarity of two texts by their terms: 0 if they share none, 1 if they have the same terms equally often. */
export function cosine(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let dot = 0;
  for (const [term, count] of a) dot += count * (b.get(term) ?? 0);
  const norm = (counts: ReadonlyMap<string, number>) =>
    Math.sqrt([...counts.values()].reduce((sum, n) => sum + n * n, 0));
  const size = norm(a) * norm(b);
  return size === 0 ? 0 : dot / size;
}

/** Counts the occurrences of each term in a text. */
export function countTerms(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of termsOf(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}
