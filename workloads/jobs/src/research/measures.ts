// Reads figures with their units from statements ("5.4 million people", "47 %", "$3.2 billion", "in 1998"), so that
// sources can be compared figure by figure. Pure. Not read: figures in words, ranges as ranges, dates.
import { stem } from "@holdfast/workload-kit/sources";

export interface Figure {
  readonly value: number;
  /** As written, for messages. */
  readonly text: string;
  /** "%", a currency, a unit of measure, or the noun counted; empty if none follows. */
  readonly unit: string;
  /** Number of significant digits as written: "5.4 million" has two. */
  readonly digits: number;
}

const SCALES: Readonly<Record<string, number>> = {
  thousand: 1e3,
  million: 1e6,
  mn: 1e6,
  billion: 1e9,
  bn: 1e9,
  trillion: 1e12,
};
const FIGURE =
  /([$€£¥])?\s?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:[\s-]*(thousand|million|billion|trillion|mn|bn)\b)?\s*(%|per ?cent\b|°\s?[CF]\b|[\p{L}³²]+)?/giu;
/** Words after a figure that are not its unit. */
const NO_UNIT = new Set(
  "a an and are as at be but by did do does for from had has have he if in is it its more less most of on or she so than that the then there they this to was we were which while who with would".split(
    " ",
  ),
);

export interface Figures {
  readonly measures: readonly Figure[];
  /** Years that the text names: figures of different years do not contradict each other. */
  readonly years: ReadonlySet<number>;
}

export function figuresOf(text: string): Figures {
  const measures: Figure[] = [];
  const years = new Set<number>();
  for (const [whole, currency, digits = "", scale, after = ""] of text.matchAll(FIGURE)) {
    const value = Number(digits.replaceAll(",", "")) * (scale === undefined ? 1 : (SCALES[scale.toLowerCase()] ?? 1));
    const unit = unitOf(currency, after);
    if (
      currency === undefined &&
      scale === undefined &&
      /^(1[5-9]|20)\d{2}$/.test(digits) &&
      !/^(%|per)/i.test(after)
    ) {
      years.add(value);
      continue;
    }
    const significant = digits.replace(/[,.]/g, "").replace(/^0+/, "");
    const counted = digits.includes(".") ? significant : significant.replace(/0+$/, "");
    measures.push({ value, text: whole.trim(), unit, digits: Math.max(1, counted.length) });
  }
  return { measures, years };
}

function unitOf(currency: string | undefined, after: string): string {
  if (currency !== undefined) return currency;
  if (/^(%|per ?cent)/i.test(after)) return "%";
  const word = after.toLowerCase();
  return word === "" || NO_UNIT.has(word) ? "" : stem(word);
}

/**
 * Returns whether both may be the same figure, one of them rounded: 5.37 million and 5.4 million may, 5.4 and 5.5
 * million may not.
 */
export function agree(a: Figure, b: Figure): boolean {
  if (a.value === b.value) return true;
  const digits = Math.min(a.digits, b.digits);
  return Number(a.value.toPrecision(digits)) === Number(b.value.toPrecision(digits));
}
