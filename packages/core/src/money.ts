/**
 * Money and tokens: one check where they enter, exact sums inside, one wording.
 *
 * Dollars are numbers outside and whole nano-dollars (billionths) inside. Sums of whole numbers are exact and do not depend on
 * their order; sums of fractions are neither, and a budget of ten calls would allow nine. A price that nobody knows is no
 * price of zero: calls without a price are counted with their tokens, beside the sum of those that have one.
 */
import { formatCount, plural } from "./plural.js";

const NANOS_PER_USD = 1_000_000_000;

/** The most that one amount can be: a call, a reserve, a price, a budget. More is a mistake of units. */
export const USD_MAX = 1_000_000;
/** The most tokens that one call can have used. */
export const TOKENS_MAX = 1_000_000_000_000;
/**
 * Sums stop here, at four million dollars: up to 2^22 dollars, every nano-dollar survives the way to a number of dollars and
 * back. Beyond, the digits of a number do not suffice.
 */
export const NANOS_MAX = 4_000_000 * NANOS_PER_USD;

/** Whether a value is an amount of US dollars: a finite number from 0 to a million. */
export function isUsd(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= USD_MAX;
}

/** Whether a value is a number of tokens: a whole number from 0 to a trillion. */
export function isTokens(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX;
}

/** What is expected of an amount, for messages. */
export const USD_EXPECTED = `a number of dollars from 0 to ${formatCount(USD_MAX)}`;
/** What is expected of a number of tokens, for messages. */
export const TOKENS_EXPECTED = `a whole number of tokens from 0 to ${formatCount(TOKENS_MAX)}`;

/**
 * An amount as whole nano-dollars. Rounds to the nearest one, so that 0.001 is a thousandth whatever its binary digits are;
 * an amount above zero is at least one, so that no number of calls comes to nothing.
 */
export function toNanos(usd: number): number {
  const nanos = Math.round(usd * NANOS_PER_USD);
  return nanos === 0 && usd > 0 ? 1 : Math.min(nanos, NANOS_MAX);
}

/** Nano-dollars as dollars: the number closest to the amount, which prints with at most nine decimals. */
export function toUsd(nanos: number): number {
  return nanos / NANOS_PER_USD;
}

/** The exact sum, in any order. It stops at `NANOS_MAX`. */
export function addNanos(a: number, b: number): number {
  return Math.min(a + b, NANOS_MAX);
}

/** The exact sum of two amounts in dollars: 0.1 and 0.2 are 0.3. */
export function addUsd(a: number, b: number): number {
  return toUsd(addNanos(toNanos(a), toNanos(b)));
}

/** What calls cost: the sum of those whose price is known, and how many there are besides. */
export interface Cost {
  /** Whole nano-dollars, at most `NANOS_MAX`. */
  readonly nanos: number;
  readonly unpricedCalls: number;
  /** Of those calls; the ones that did not tell count as none. */
  readonly unpricedTokens: number;
}

/** Cost of no calls. */
export const NO_COST: Cost = { nanos: 0, unpricedCalls: 0, unpricedTokens: 0 };

/** The cost of one call: in dollars, or null with its tokens where nobody knows its price. */
export function costOfCall(usd: number | null, tokens = 0): Cost {
  return usd === null ? { nanos: 0, unpricedCalls: 1, unpricedTokens: tokens } : { ...NO_COST, nanos: toNanos(usd) };
}

/** Adds two costs exactly, as `addNanos` does. */
export function addCosts(a: Cost, b: Cost): Cost {
  if (a === NO_COST) return b;
  if (b === NO_COST) return a;
  return {
    nanos: addNanos(a.nanos, b.nanos),
    unpricedCalls: a.unpricedCalls + b.unpricedCalls,
    unpricedTokens: addNanos(a.unpricedTokens, b.unpricedTokens),
  };
}

/** Whether anything was paid, or may have been. */
export function isPaid({ nanos, unpricedCalls }: Cost): boolean {
  return nanos > 0 || unpricedCalls > 0;
}

/** Calls whose price nobody knows. */
export interface Unpriced {
  /** How many there are. */
  readonly calls: number;
  /** What those calls said they used; calls that did not say count as none. */
  readonly tokens: number;
}

/** A cost as callers see it. */
export interface CostView {
  /** US dollars, of the calls whose price is known; null where calls were made and none of them has a known cost. */
  readonly costUsd: number | null;
  /** Null where every price is known. */
  readonly unpriced: Unpriced | null;
}

/** Converts a cost to dollars for callers. */
export function toCostView({ nanos, unpricedCalls, unpricedTokens }: Cost): CostView {
  if (unpricedCalls === 0) return { costUsd: toUsd(nanos), unpriced: null };
  return {
    costUsd: nanos === 0 ? null : toUsd(nanos),
    unpriced: { calls: unpricedCalls, tokens: unpricedTokens },
  };
}

/** The sum of several costs. */
export function sumCosts(costs: readonly CostView[]): CostView {
  const usd = costs.reduce((sum, { costUsd }) => addUsd(sum, costUsd ?? 0), 0);
  const calls = costs.reduce((sum, { unpriced }) => sum + (unpriced?.calls ?? 0), 0);
  const tokens = costs.reduce((sum, { unpriced }) => sum + (unpriced?.tokens ?? 0), 0);
  return calls === 0
    ? { costUsd: usd, unpriced: null }
    : { costUsd: usd === 0 ? null : usd, unpriced: { calls, tokens } };
}

/** The same for records that last: where every price is known, nothing more than what earlier versions recorded. */
export function toRecordedCost(cost: Cost): {
  readonly costUsd: number | null;
  readonly unpriced?: Unpriced | undefined;
} {
  const { costUsd, unpriced } = toCostView(cost);
  return unpriced === null ? { costUsd } : { costUsd, unpriced };
}

/** "$12.50", "$0.0031", "$0.00000004": two decimals, and more where they would hide the amount. */
export function formatUsd(usd: number): string {
  if (usd === 0 || usd >= 0.1) return `$${usd.toFixed(2)}`;
  if (usd >= 0.0001) return `$${usd.toFixed(4)}`;
  return `$${usd.toFixed(9).replace(/0+$/, "")}`;
}

/** "$1.23", "unknown, 12,345 tokens in 40 calls", "$1.23 and 40 calls of unknown price (12,345 tokens)". */
export function wordCost({
  costUsd,
  unpriced,
}: {
  costUsd: number | null;
  unpriced?: Unpriced | null | undefined;
}): string {
  if (unpriced == null) return costUsd === null ? "unknown" : formatUsd(costUsd);
  const calls = plural(unpriced.calls, "call");
  const tokens = unpriced.tokens === 0 ? null : plural(unpriced.tokens, "token");
  if (costUsd === null) return `unknown, ${tokens === null ? calls : `${tokens} in ${calls}`}`;
  return `${formatUsd(costUsd)} and ${calls} of unknown price${tokens === null ? "" : ` (${tokens})`}`;
}
