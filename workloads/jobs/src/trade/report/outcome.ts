// The best pair beside holding, on the days used for choosing and on the unseen days: all figures of the result,
// computed once.
import { curveOf, type Measures, measure, netReturns, type Stretch } from "../backtest/backtest.js";
import { crossing, positionsOf } from "../backtest/positions.js";
import type { Pair } from "../input/input.js";
import type { Sweep } from "../stages/sweep.js";

export interface Held {
  /** By day, from the first day used for choosing to the last of all. */
  readonly net: Float64Array;
  readonly positions: Uint8Array;
  readonly growth: Float64Array;
  readonly fall: Float64Array;
  readonly seen: Measures;
  readonly unseen: Measures;
  readonly all: Measures;
}

export interface Outcome {
  readonly whole: Stretch;
  readonly pair: Held;
  readonly holding: Held;
  /** Number of days without a return on which the pair held. */
  readonly heldOverHoles: number;
}

export function outcomeOf(sweep: Sweep, { fast, slow }: Pair): Outcome {
  const { market, seen, unseen } = sweep;
  const pair = heldBy(sweep, positionsOf(crossing(fast, slow), market.closes));
  const holding = heldBy(sweep, new Uint8Array(market.closes.length).fill(1));
  const whole = { from: seen.from, to: unseen.to };
  const holes = [...market.holes].filter((day) => day >= whole.from && day < whole.to);
  return { whole, pair, holding, heldOverHoles: holes.filter((day) => pair.positions[day] === 1).length };
}

function heldBy({ market, costs, seen, unseen }: Sweep, positions: Uint8Array): Held {
  const whole = { from: seen.from, to: unseen.to };
  const net = netReturns(market, positions, costs, whole);
  const border = seen.to - seen.from;
  const held = positions[unseen.from - 1];
  return {
    net,
    positions,
    ...curveOf(net),
    all: measure(market, positions, net, whole),
    seen: measure(market, positions, net.subarray(0, border), seen),
    unseen: measure(market, positions, net.subarray(border), { ...unseen, held }),
  };
}
