// What the best of many tries is worth: the Sharpe ratio that luck alone would have found, and how likely the true one is above it.
// Bailey and Lopez de Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting and Non-Normality",
// Journal of Portfolio Management 40 (5), 2014.
import { type Moments, momentsOf } from "../backtest/backtest.js";
import { normalCdf, normalQuantile } from "./normal.js";

const EULER = 0.5772156649015329;

/** The highest of so many independent tries without skill, in deviations; 0 for one. */
export function expectedBest(tries: number): number {
  if (tries <= 1) return 0;
  return (1 - EULER) * normalQuantile(1 - 1 / tries) + EULER * normalQuantile(1 - 1 / (tries * Math.E));
}

export interface Deflated {
  /** Sharpe ratio a year that the best of as many independent tries has on average, where none has skill and all differ as these do. */
  readonly luckySharpe: number;
  /** Probability that the true Sharpe ratio is above what luck finds, as far as this formula knows. */
  readonly probability: number;
}

/**
 * `sharpes` are those of all tries, a day: what they differ by says how much luck there was to be had.
 */
export function deflate(best: Moments, days: number, sharpes: readonly number[], daysAYear: number): Deflated {
  const spread = momentsOf(Float64Array.from(sharpes)).deviation;
  const lucky = spread * expectedBest(sharpes.length);
  return { luckySharpe: lucky * Math.sqrt(daysAYear), probability: probabilityAbove(best, days, lucky) };
}

/** That the true Sharpe ratio of these returns is above a given one, both a day. */
export function probabilityAbove(
  { mean, deviation, skewness, kurtosis }: Moments,
  days: number,
  sharpe: number,
): number {
  if (deviation === 0 || days < 2) return 0;
  const own = mean / deviation;
  const error = 1 - skewness * own + ((kurtosis - 1) / 4) * own ** 2;
  return error <= 0 ? 0 : normalCdf(((own - sharpe) * Math.sqrt(days - 1)) / Math.sqrt(error));
}
