// Thins a curve of many thousand days for a page. Each point represents a stretch of days and shows its last growth and
// its deepest fall, so that no fall disappears.

export interface ThinCurve {
  /** Positions of the days shown, ascending: the last day of each stretch. */
  readonly at: readonly number[];
  /** First day of each stretch, and the day after its last. */
  readonly stretches: readonly (readonly [from: number, to: number])[];
}

/** Divides into stretches of equal length. One ends on each of the days in `kept`, so that a border lies between two points. */
export function thinOut(days: number, points: number, kept: readonly number[] = []): ThinCurve {
  const ends = new Set<number>(kept.filter((day) => day > 0 && day < days));
  const step = Math.max(1, days / points);
  for (let end = step; end < days; end += step) ends.add(Math.round(end));
  ends.add(days);
  const sorted = [...ends].filter((end) => end > 0).sort((a, b) => a - b);
  const stretches = sorted.map((end, index) => [sorted[index - 1] ?? 0, end] as const);
  return { at: sorted.map((end) => end - 1), stretches };
}

/** Five digits are more than a page can show; rounding keeps the result small. */
export const rounded = (value: number): number => Number(value.toPrecision(5));

export const lastOf = ({ at }: ThinCurve, values: Float64Array): number[] =>
  at.map((day) => rounded(values[day] as number));

export const lowestOf = ({ stretches }: ThinCurve, values: Float64Array): number[] =>
  stretches.map(([from, to]) => rounded(values.subarray(from, to).reduce((a, b) => Math.min(a, b), 0)));
