// What the best of many trials is worth: the Sharpe ratio that luck alone would have found, and the probability that
// the true one exceeds it. Bailey and Lopez de Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias,
// Backtest Overfitting and Non-Normality", Journal of Portfolio Management 40 (5), 2014.
import { type Moments, momentsOf } from "../backtest/backtest.js";
import { normalCdf, normalQuantile } from "./normal.js";

const EULER = 0.5772156649015329;

/** Expected maximum of this many independent trials without skill, in standard deviations; 0 for one. */
export function expectedBest(tries: number): number {
  if (tries <= 1) return 0;
  return (1 - EULER) * normalQuantile(1 - 1 / tries) + EULER * normalQuantile(1 - 1 / (tries * Math.E));
}

export interface Deflated {
  /**
   * Yearly Sharpe ratio that the best of as many independent trials has on average, if none has skill and they vary
   * like these.
   */
  readonly luckySharpe: number;
  /** Probability that the true Sharpe ratio exceeds what luck finds, according to this formula. */
  readonly probability: number;
}

/** `sharpes` are the daily Sharpe ratios of all trials. Their spread shows how much luck was available. */
export function deflate(best: Moments, days: number, sharpes: readonly number[], daysAYear: number): Deflated {
  const spread = momentsOf(Float64Array.from(sharpes)).deviation;
  const lucky = spread * expectedBest(sharpes.length);
  return { luckySharpe: lucky * Math.sqrt(daysAYear), probability: probabilityAbove(best, days, lucky) };
}

/** Returns the probability that the true Sharpe ratio of these returns exceeds a given one, both daily. */
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
