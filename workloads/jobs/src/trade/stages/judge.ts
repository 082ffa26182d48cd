// Stage `judge`: finds the best pair, and what being the best of so many is worth. Samples are saved in a checkpoint,
// so a resume continues with the next pair.
import { setImmediate } from "node:timers/promises";
import { GiveUpError, type MapRef, type StageContext } from "holdfast";
import { z } from "zod";
import { momentsOf, netReturns } from "../backtest/backtest.js";
import { findLookAhead } from "../backtest/look-ahead.js";
import { crossing, positionsOf } from "../backtest/positions.js";
import { type Deflated, deflate, expectedBest } from "../chance/deflated-sharpe.js";
import { addPair, chanceOf, drawHistories, statisticOf } from "../chance/reality-check.js";
import type { Pair, TradeInput } from "../input/input.js";
import type { Sweep, Tried } from "./sweep.js";

/** Pairs between two checkpoints: less than a second of work. */
const SAVE_EVERY = 100;
/** Pairs between two turns of the event loop. */
const YIELD_EVERY = 8;

export const judgeCheckpoint = z.object({
  /** Number of pairs already compared in all samples. */
  pairs: z.int().min(0),
  /** Best statistic of each sample so far. */
  best: z.array(z.number()),
});
export type JudgeCheckpoint = z.output<typeof judgeCheckpoint>;

export interface TriedPair extends Tried, Pair {}

export interface Judgement {
  readonly pairs: number;
  readonly best: TriedPair;
  /** Share of histories without skill whose best pair did as well (reality check). */
  readonly chance: number;
  readonly draws: number;
  /** Yearly Sharpe ratio of the best of as many independent pairs without skill on these days. */
  readonly luckySharpe: number;
  /** Deflated Sharpe ratio: probability that the true one exceeds what luck finds, given the spread of these pairs. */
  readonly deflated: Deflated;
}

export async function judgePairs(
  stage: StageContext<JudgeCheckpoint>,
  { sweep, input, results }: { readonly sweep: Sweep; readonly input: TradeInput; readonly results: MapRef<Tried> },
): Promise<Judgement> {
  const tried = await triedPairs(stage, sweep, results);
  const best = bestOf(tried);
  if (best === null) throw new GiveUpError("No pair ever traded: give shorter averages, or more days.");
  checkHonesty(stage, sweep, best, input.seed);
  const { market, seen, costs } = sweep;
  const netOf = ({ fast, slow }: Pair) =>
    netReturns(market, positionsOf(crossing(fast, slow), market.closes), costs, seen);
  const days = seen.to - seen.from;
  const draws = drawHistories(days, input.draws, input.seed);
  const kept = await stage.checkpoint.get();
  const done = kept?.pairs ?? 0;
  if (done > 0) stage.log(`goes on after ${done} of ${tried.length} pairs compared with chance`);
  const highest =
    kept === null ? new Float64Array(input.draws).fill(Number.NEGATIVE_INFINITY) : Float64Array.from(kept.best);
  for (let at = done; at < tried.length; at++) {
    addPair(highest, netOf(tried[at] as TriedPair), draws);
    const isLast = at + 1 === tried.length;
    if ((at + 1) % SAVE_EVERY === 0 || isLast) await stage.checkpoint.save({ pairs: at + 1, best: [...highest] });
    if ((at + 1) % YIELD_EVERY === 0 || isLast) {
      stage.progress(at + 1, tried.length, "pairs compared with chance");
      await setImmediate();
      stage.signal.throwIfAborted();
    }
  }
  const bestNet = netOf(best);
  const sharpes = tried.map(({ sharpe }) => (sharpe ?? 0) / Math.sqrt(market.daysAYear));
  return {
    pairs: tried.length,
    best,
    chance: chanceOf(highest, statisticOf(bestNet)),
    draws: input.draws,
    luckySharpe: (expectedBest(tried.length) / Math.sqrt(days)) * Math.sqrt(market.daysAYear),
    deflated: deflate(momentsOf(bestNet), days, sharpes, market.daysAYear),
  };
}

/** In the order of the sweep, whatever the order of their completion. */
export async function triedPairs(
  stage: Pick<StageContext, "results">,
  { pairs }: Sweep,
  results: MapRef<Tried>,
): Promise<TriedPair[]> {
  const byKey = new Map<string, Tried>();
  for await (const one of stage.results(results)) if (one.outcome === "ok") byKey.set(one.key, one.output);
  return pairs.flatMap((pair) => {
    const tried = byKey.get(pair.key);
    return tried === undefined ? [] : [{ ...pair, ...tried }];
  });
}

/** Returns the pair with the highest Sharpe ratio; for ties, the one that trades less, then the first. */
export function bestOf(tried: readonly TriedPair[]): TriedPair | null {
  const rated = tried.filter(({ sharpe }) => sharpe !== null);
  return rated.reduce<TriedPair | null>((best, one) => {
    if (best === null || (one.sharpe ?? 0) > (best.sharpe ?? 0)) return one;
    return one.sharpe === best.sharpe && one.trades < best.trades ? one : best;
  }, null);
}

/** The chosen rule must not know the future. Checked on the very prices on which it was chosen. */
function checkHonesty(stage: StageContext<JudgeCheckpoint>, { market }: Sweep, best: Pair, seed: number): void {
  const found = findLookAhead(crossing(best.fast, best.slow), market.closes, seed);
  if (stage.gate("no look-ahead", found === null)) return;
  throw new GiveUpError(
    `Pair ${best.key} looks ahead: changing prices after day ${found?.cut} changed its day ${found?.day}.`,
  );
}
