/**
 * Extracts the numbers of a text, so that those of a claim can be looked up in its source.
 *
 * Numbers are compared by value: "1,500", "1 500" and "1.5 thousand" are equal, "1.5 million" and "1.5 billion" are
 * not, and a percentage is not a plain number. Not compared: signs, units other than percent, what a number refers to,
 * and "half".
 */
const SPELLED = new Map(
  // "one" is left out, being a pronoun more often than a number.
  "zero,,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen,fifteen,sixteen,seventeen,eighteen,nineteen,twenty"
    .split(",")
    .flatMap((word, value) => (word === "" ? [] : [[word, value] as const]))
    .concat(
      "thirty,forty,fifty,sixty,seventy,eighty,ninety"
        .split(",")
        .map((word, index) => [word, 30 + 10 * index] as const),
    ),
);
const SCALES: Record<string, number> = { thousand: 1e3, million: 1e6, mn: 1e6, billion: 1e9, bn: 1e9, trillion: 1e12 };

const NUMBER = new RegExp(
  String.raw`(\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)*|\b(?:${[...SPELLED.keys()].join("|")})\b)` +
    String.raw`(?:[\s-]*(${Object.keys(SCALES).join("|")})\b)?(\s*(?:%|per ?cent\b))?`,
  "giu",
);

/** Returns the text's numbers, each in one spelling. Percentages end in "%". */
export function numbersOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(NUMBER)].map(([, digits = "", scale, percent]) => {
      const spelled = SPELLED.get(digits.toLowerCase());
      const plain = spelled === undefined ? Number(plainOf(digits)) : spelled;
      const value = plain * (scale === undefined ? 1 : (SCALES[scale.toLowerCase()] ?? 1));
      // Twelve digits are enough for any source, and turn 1.1 × 1e6 into 1100000 again.
      const worded = Number.isNaN(value) ? digits : String(Number(value.toPrecision(12)));
      return percent === undefined ? worded : `${worded}%`;
    }),
  );
}

/** Returns the numbers of a claim that occur in none of its sources. */
export function inventedNumbers(claim: string, sources: readonly string[]): string[] {
  const known = new Set(sources.flatMap((source) => [...numbersOf(source)]));
  // "5 to 10 percent": the first number of a range has no percent sign of its own.
  return [...numbersOf(claim)].filter((number) => !known.has(number) && !known.has(`${number}%`));
}

function plainOf(digits: string): string {
  const joined = digits.replace(/[ \u00a0\u202f]/g, "");
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(joined)) return joined.replaceAll(",", "");
  if (/^\d{1,3}(\.\d{3}){2,}$/.test(joined)) return joined.replaceAll(".", "");
  return /^\d+,\d+$/.test(joined) ? joined.replace(",", ".") : joined;
}
