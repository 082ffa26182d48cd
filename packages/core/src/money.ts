/**
 * Money and tokens: one check where they enter, exact sums inside, one wording.
 *
 * Amounts are numbers of dollars outside and whole nano-dollars (billionths) inside. Sums of whole numbers are exact
 * and independent of their order. Sums of fractions are neither: a budget for ten calls could allow only nine. An
 * unknown price is not zero: calls without a price are counted with their tokens, beside the sum of the priced ones.
 */
import { formatCount, plural } from "./plural.js";

const NANOS_PER_USD = 1_000_000_000;

/** Maximum of one amount (a call, a reserve, a price, a budget), in dollars. A larger amount is a mistake of units. */
export const USD_MAX = 1_000_000;
/** Maximum number of tokens of one call. */
export const TOKENS_MAX = 1_000_000_000_000;
/**
 * Maximum of a sum: four million dollars. Up to 2^22 dollars, every nano-dollar survives the conversion to a number of
 * dollars and back. Beyond that, a number has too few digits.
 */
export const NANOS_MAX = 4_000_000 * NANOS_PER_USD;

/** Returns whether a value is an amount of US dollars: a finite number from 0 to a million. */
export function isUsd(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= USD_MAX;
}

/** Returns whether a value is a token count: a whole number from 0 to a trillion. */
export function isTokens(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX;
}

/** Expected form of an amount, for messages. */
export const USD_EXPECTED = `a number of dollars from 0 to ${formatCount(USD_MAX)}`;
/** Expected form of a token count, for messages. */
export const TOKENS_EXPECTED = `a whole number of tokens from 0 to ${formatCount(TOKENS_MAX)}`;

/**
 * Converts dollars to whole nano-dollars. Rounds to the nearest, so that 0.001 is exactly a thousandth despite its
 * binary form. An amount above zero gives at least one, so that many tiny amounts never sum to zero.
 */
export function toNanos(usd: number): number {
  const nanos = Math.round(usd * NANOS_PER_USD);
  return nanos === 0 && usd > 0 ? 1 : Math.min(nanos, NANOS_MAX);
}

/** Converts nano-dollars to dollars: the nearest number, which prints with at most nine decimals. */
export function toUsd(nanos: number): number {
  return nanos / NANOS_PER_USD;
}

/** Adds two amounts exactly, in any order, up to `NANOS_MAX`. */
export function addNanos(a: number, b: number): number {
  return Math.min(a + b, NANOS_MAX);
}

/** Adds two amounts in dollars exactly: 0.1 and 0.2 are 0.3. */
export function addUsd(a: number, b: number): number {
  return toUsd(addNanos(toNanos(a), toNanos(b)));
}

/** Cost of calls: the sum of the priced ones, and the number of unpriced ones. */
export interface Cost {
  /** Whole nano-dollars, at most `NANOS_MAX`. */
  readonly nanos: number;
  readonly unpricedCalls: number;
  /** Tokens of the unpriced calls. Calls that did not report any count as 0. */
  readonly unpricedTokens: number;
}

/** Cost of no calls. */
export const NO_COST: Cost = { nanos: 0, unpricedCalls: 0, unpricedTokens: 0 };

/** Returns the cost of one call: an amount in dollars, or null with its tokens if the price is unknown. */
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

/** Returns whether anything was paid, or may have been. */
export function isPaid({ nanos, unpricedCalls }: Cost): boolean {
  return nanos > 0 || unpricedCalls > 0;
}

/** Calls with an unknown price. */
export interface Unpriced {
  /** Number of calls. */
  readonly calls: number;
  /** Tokens that those calls reported. Calls without a report count as 0. */
  readonly tokens: number;
}

/** A cost as callers see it. */
export interface CostView {
  /** US dollars spent on calls with a known price; null if calls were made and none has a known price. */
  readonly costUsd: number | null;
  /** Null if every price is known. */
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

/** Returns the sum of several costs. */
export function sumCosts(costs: readonly CostView[]): CostView {
  const usd = costs.reduce((sum, { costUsd }) => addUsd(sum, costUsd ?? 0), 0);
  const calls = costs.reduce((sum, { unpriced }) => sum + (unpriced?.calls ?? 0), 0);
  const tokens = costs.reduce((sum, { unpriced }) => sum + (unpriced?.tokens ?? 0), 0);
  return calls === 0
    ? { costUsd: usd, unpriced: null }
    : { costUsd: usd === 0 ? null : usd, unpriced: { calls, tokens } };
}

/** Converts a cost for permanent records. If every price is known, the record has the fields of earlier versions only. */
export function toRecordedCost(cost: Cost): {
  readonly costUsd: number | null;
  readonly unpriced?: Unpriced | undefined;
} {
  const { costUsd, unpriced } = toCostView(cost);
  return unpriced === null ? { costUsd } : { costUsd, unpriced };
}

/** Formats an amount: "$12.50", "$0.0031", "$0.00000004". Two decimals, or more if two would hide the amount. */
export function formatUsd(usd: number): string {
  if (usd === 0 || usd >= 0.1) return `$${usd.toFixed(2)}`;
  if (usd >= 0.0001) return `$${usd.toFixed(4)}`;
  return `$${usd.toFixed(9).replace(/0+$/, "")}`;
}

/** Words a cost: "$1.23", "unknown, 12,345 tokens in 40 calls", "$1.23 and 40 calls of unknown price (12,345 tokens)". */
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
