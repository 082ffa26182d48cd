/** The pace of a run over time, from the buckets of its maps: items and dollars a second. Pure. */
import type { RunHistory } from "../api/types.js";

type MapSeries = RunHistory["series"][number];

export interface Pace {
  /** Where each bucket begins, milliseconds UTC. */
  readonly times: readonly number[];
  readonly itemsPerS: readonly number[];
  readonly failedPerS: readonly number[];
  readonly usdPerS: readonly number[];
}

const NONE: Pace = { times: [], itemsPerS: [], failedPerS: [], usdPerS: [] };

/** Of all maps: into buckets of the longest step, so that each belongs to one of them whole. */
export function paceOf(series: readonly MapSeries[]): Pace {
  const filled = series.filter(({ items }) => items.length > 0);
  if (filled.length === 0) return NONE;
  const stepMs = Math.max(...filled.map((one) => one.stepMs));
  const from = Math.min(...filled.map(({ fromMs }) => fromMs));
  const end = Math.max(...filled.map((one) => one.fromMs + one.items.length * one.stepMs));
  const size = Math.ceil((end - from) / stepMs);
  const sums = { items: new Float64Array(size), failed: new Float64Array(size), usd: new Float64Array(size) };
  for (const one of filled) {
    for (const [at, items] of one.items.entries()) {
      const to = Math.min(size - 1, Math.floor((one.fromMs + at * one.stepMs - from) / stepMs));
      sums.items[to] = (sums.items[to] ?? 0) + items;
      sums.failed[to] = (sums.failed[to] ?? 0) + (one.failed[at] ?? 0);
      sums.usd[to] = (sums.usd[to] ?? 0) + (one.costUsd[at] ?? 0);
    }
  }
  const perS = (values: Float64Array) => Array.from(values, (value) => (value * 1_000) / stepMs);
  return {
    times: Array.from({ length: size }, (_, at) => from + at * stepMs),
    itemsPerS: perS(sums.items),
    failedPerS: perS(sums.failed),
    usdPerS: perS(sums.usd),
  };
}

/** The line of a gauge: at most so many points, each the mean of its stretch, as shares of the highest. */
export function sparkOf({ itemsPerS }: Pace, points = 40): readonly number[] {
  if (itemsPerS.length < 3) return [];
  const per = Math.max(1, Math.ceil(itemsPerS.length / points));
  const means: number[] = [];
  for (let at = 0; at < itemsPerS.length; at += per) {
    const part = itemsPerS.slice(at, at + per);
    means.push(part.reduce((sum, value) => sum + value, 0) / part.length);
  }
  const highest = Math.max(...means);
  return highest === 0 ? [] : means.map((mean) => mean / highest);
}
