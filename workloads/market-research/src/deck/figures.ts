/** Numbers in running text, which no line may break: "35,843,01 / 0" reads as another number. */

/** A number as it stands in a text, with its groups, its sign, and the few letters of a currency or unit at its sides. */
const FIGURE =
  /^[^\p{L}\s]*\p{L}{0,3}[^\p{L}\s]*\d[\d.,'’\u00a0\u2009\u202f]*[^\p{L}\d\s]*(?:\u00a0?\p{L}+)?[^\p{L}\d\s]*$/u;
/** Longer ones are account numbers or hashes, which nobody reads as an amount; they may be cut like any long word. */
const FIGURE_LENGTH_MAX = 32;

/** The groups of a number, and a number with its scale, hold together by no-break spaces. Of the same length as `text`. */
export function bindFigures(text: string): string {
  return text
    .replace(/(?<=\d) (?=\d{3}(?!\d))/g, "\u00a0")
    .replace(/(?<=\d) (?=(?:thousand|million|billion|trillion|%|‰)(?!\p{L}))/giu, "\u00a0");
}

/** Whether a word is a number that must stand on one line. */
export function isFigure(word: string): boolean {
  return word.length <= FIGURE_LENGTH_MAX && FIGURE.test(word);
}
