// McNemar's test: whether two experiments on the same items differ by more than chance. Sources: Q. McNemar, "Note on
// the sampling error of the difference between correlated proportions or percentages", Psychometrika 12 (1947) 153–157;
// continuity correction: A. L. Edwards, Psychometrika 13 (1948) 185–187; exact binomial form for few discordant pairs:
// e.g. Agresti, Categorical Data Analysis, 3rd ed., section 11.1.

/** Number of discordant pairs below which the chi-square approximation is not used (the usual rule). */
export const EXACT_BELOW = 25;

export interface McNemar {
  /** First right, second wrong. */
  readonly onlyFirst: number;
  /** First wrong, second right. */
  readonly onlySecond: number;
  readonly method: "exact binomial" | "chi-square, continuity corrected";
  /** Null for the exact form, which has none. */
  readonly statistic: number | null;
  /** Two-sided; 1 if the two never disagree. */
  readonly pValue: number;
}

/** Tests the null hypothesis that neither experiment is right more often than the other. */
export function mcNemar(onlyFirst: number, onlySecond: number): McNemar {
  if (![onlyFirst, onlySecond].every((count) => Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`McNemar test: counts ${onlyFirst} and ${onlySecond} must be whole numbers of at least 0.`);
  }
  const discordant = onlyFirst + onlySecond;
  if (discordant < EXACT_BELOW) {
    const pValue = Math.min(1, 2 * binomialTailHalf(Math.min(onlyFirst, onlySecond), discordant));
    return { onlyFirst, onlySecond, method: "exact binomial", statistic: null, pValue };
  }
  const statistic = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1) ** 2 / discordant;
  const pValue = erfc(Math.sqrt(statistic / 2)); // survival function of chi-square with one degree of freedom
  return { onlyFirst, onlySecond, method: "chi-square, continuity corrected", statistic, pValue };
}

/** P(X ≤ k) for X ~ Binomial(n, 1/2). Exact in doubles for the small n used here. */
function binomialTailHalf(k: number, n: number): number {
  let term = 1;
  let sum = 1;
  for (let i = 1; i <= k; i++) {
    term = (term * (n - i + 1)) / i;
    sum += term;
  }
  return sum / 2 ** n;
}

/**
 * The complementary error function for x ≥ 0, to about 1e-14: by its series below 2 and its continued fraction above
 * (Abramowitz and Stegun 7.1.6 and 7.1.14).
 */
export function erfc(x: number): number {
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (x + fraction); // 60 levels: converged for every x ≥ 2
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
