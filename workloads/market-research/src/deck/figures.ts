/** Numbers in running text. No line may break inside one: "35,843,01 / 0" reads as a different number. */

/** A number in a text, with its digit groups, its sign, and the few letters of a currency or unit around it. */
const FIGURE =
  /^[^\p{L}\s]*\p{L}{0,3}[^\p{L}\s]*\d[\d.,'’\u00a0\u2009\u202f]*[^\p{L}\d\s]*(?:\u00a0?\p{L}+)?[^\p{L}\d\s]*$/u;
/** Longer ones are account numbers or hashes, not amounts. They may be cut like any long word. */
const FIGURE_LENGTH_MAX = 32;

/** Joins digit groups, and a number with its scale, by no-break spaces. The result has the same length as `text`. */
export function bindFigures(text: string): string {
  return text
    .replace(/(?<=\d) (?=\d{3}(?!\d))/g, "\u00a0")
    .replace(/(?<=\d) (?=(?:thousand|million|billion|trillion|%|‰)(?!\p{L}))/giu, "\u00a0");
}

/** Returns whether a word is a number that must stay on one line. */
export function isFigure(word: string): boolean {
  return word.length <= FIGURE_LENGTH_MAX && FIGURE.test(word);
}
