// Prices as a backtest may use them: days with a price above zero, and the return of each day, if there is one.
import type { Prices } from "../prices/check.js";

export interface Market {
  /** Days since 1970, ascending. */
  readonly days: readonly number[];
  readonly closes: Float64Array;
  /** Return of each day over the previous one. 0 for the first day, and where a price at or below zero leaves no return. */
  readonly returns: Float64Array;
  /** Positions without a return. */
  readonly holes: ReadonlySet<number>;
  /** Number of days with a price per year, according to the file. */
  readonly daysAYear: number;
}

export function marketOf({ days, closes }: Pick<Prices, "days" | "closes">): Market {
  const kept = days.flatMap((_, at) => ((closes[at] as number) > 0 ? [at] : []));
  const returns = new Float64Array(kept.length);
  const holes = new Set<number>();
  for (let at = 1; at < kept.length; at++) {
    const [before, now] = [kept[at - 1] as number, kept[at] as number];
    if (now - before > 1) holes.add(at);
    else returns[at] = (closes[now] as number) / (closes[before] as number) - 1;
  }
  const ownDays = kept.map((at) => days[at] as number);
  const spanYears = ((ownDays.at(-1) ?? 0) - (ownDays[0] ?? 0)) / 365.25;
  return {
    days: ownDays,
    closes: Float64Array.from(kept, (at) => closes[at] as number),
    returns,
    holes,
    daysAYear: spanYears > 0 ? (kept.length - 1) / spanYears : 252,
  };
}
