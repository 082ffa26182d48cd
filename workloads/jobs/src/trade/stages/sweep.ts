// The pairs of the sweep: what each would have earned on the days that may be seen while choosing. Later days are not
// examined.
import { type Costs, measure, netReturns, type Stretch } from "../backtest/backtest.js";
import { type Market, marketOf } from "../backtest/market.js";
import { crossing, positionsOf, SIGNAL_LAG_DAYS } from "../backtest/positions.js";
import { type Pair, pairsOf, type TradeInput } from "../input/input.js";
import type { CheckedPrices } from "../prices/check.js";
import { dayText } from "../prices/dates.js";
import { PricesUnusableError } from "../prices/errors.js";

/** Increment it when a pair's result is computed differently, so that recorded results count as stale. */
const RULES_VERSION = "1";
/** Fewer days say nothing about a rule. */
const SEEN_DAYS_MIN = 100;
const UNSEEN_DAYS_MIN = 20;

/** Data of a sweep, rebuilt from records in each execution. */
export interface Sweep {
  readonly market: Market;
  readonly pairs: readonly Pair[];
  readonly costs: Costs;
  /** Days for which every pair has its averages and which may be seen while choosing. */
  readonly seen: Stretch;
  /** Days after those. */
  readonly unseen: Stretch;
}

/** Builds the sweep. @throws {PricesUnusableError} PRICES_UNUSABLE if there are too few days on either side of the border. */
export function sweepOf(prices: CheckedPrices, input: TradeInput): Sweep {
  const market = marketOf(prices);
  const pairs = pairsOf(input);
  const from = Math.max(...pairs.map(({ slow }) => slow)) - 1 + SIGNAL_LAG_DAYS;
  const to = market.days.length;
  const border = borderOf(market, from, input);
  if (border - from < SEEN_DAYS_MIN || to - border < UNSEEN_DAYS_MIN) {
    const days = `${Math.max(0, border - from)} days to choose on and ${Math.max(0, to - Math.max(border, from))} after them`;
    const needed = `${SEEN_DAYS_MIN} and ${UNSEEN_DAYS_MIN} are needed`;
    throw new PricesUnusableError(prices.file, "tooFew", `the averages leave ${days}; ${needed}`);
  }
  const costs = { costShare: input.costPercent / 100, slippageShare: input.slippagePercent / 100 };
  return { market, pairs, costs, seen: { from, to: border }, unseen: { from: border, to } };
}

function borderOf({ days }: Market, from: number, { unseenFrom, unseenShare }: TradeInput): number {
  if (unseenFrom === undefined) return from + Math.round((days.length - from) * (1 - unseenShare));
  const border = days.findIndex((day) => dayText(day) >= unseenFrom);
  return border < 0 ? days.length : border;
}

/** What a pair's result depends on besides the pair. */
export function sweepConfig({ sha256 }: CheckedPrices, input: TradeInput, { seen, market }: Sweep) {
  const { costPercent, slippagePercent, onBadRow, onSplit, priceColumn = null } = input;
  const day = (at: number) => dayText(market.days[at] as number);
  return {
    rules: RULES_VERSION,
    prices: { sha256, onBadRow, onSplit, priceColumn },
    costs: { costPercent, slippagePercent },
    days: { first: day(seen.from), last: day(seen.to - 1) },
  };
}

/** The record of one pair, only on the days seen while choosing. */
export interface Tried {
  readonly sharpe: number | null;
  readonly yearly: number;
  readonly growth: number;
  readonly worstFall: number;
  readonly trades: number;
  readonly exposure: number;
}

export function tryPair({ market, costs, seen }: Sweep, pair: Pair): Tried {
  const positions = positionsOf(crossing(pair.fast, pair.slow), market.closes);
  const measured = measure(market, positions, netReturns(market, positions, costs, seen), seen);
  const { sharpe, yearly, growth, worstFall, trades, exposure } = measured;
  return { sharpe, yearly, growth, worstFall, trades, exposure };
}
