/** What maps spent, reserved and are likely to cost in all: pure. A forecast is a range; where nothing can be said there is none. */
import type { RunMap } from "./use-run-maps.js";

type Costed = Pick<RunMap, "stage" | "done" | "total" | "costUsd" | "reservedUsd" | "unpriced">;
type UsdRange = readonly [number, number];

export interface CostRow {
  readonly stage: string;
  readonly done: number;
  /** Null: no call of it has a known price. */
  readonly spentUsd: number | null;
  readonly reservedUsd: number;
  readonly perItemUsd: number | null;
  /** Items without a result; null while nobody knows how many there are. */
  readonly left: number | null;
  readonly forecastUsd: UsdRange | null;
  readonly unpricedCalls: number;
  readonly unpricedTokens: number;
}

/** Under so many items an average says nothing about those to come. */
const TOLD_FROM = 20;
/** How far the items to come may differ, on average, from those so far. */
const LOW = 0.8;
const HIGH = 1.2;

export function costsOf(maps: readonly Costed[]) {
  const rows = maps.map(rowOf);
  const add = (of: (row: CostRow) => number | null) => rows.reduce((all, row) => all + (of(row) ?? 0), 0);
  const spentUsd = add((row) => row.spentUsd);
  const done = add((row) => (row.spentUsd === null ? 0 : row.done));
  const isForeseen = rows.length > 0 && rows.every(({ forecastUsd }) => forecastUsd !== null);
  const forecastUsd: UsdRange | null = isForeseen
    ? [add((row) => row.forecastUsd?.[0] ?? 0), add((row) => row.forecastUsd?.[1] ?? 0)]
    : null;
  return {
    rows,
    sum: {
      spentUsd,
      reservedUsd: add((row) => row.reservedUsd),
      perItemUsd: done === 0 || spentUsd === 0 ? null : spentUsd / done,
      left: add((row) => row.left),
      forecastUsd,
      unpricedCalls: add((row) => row.unpricedCalls),
      unpricedTokens: add((row) => row.unpricedTokens),
    },
  };
}

function rowOf({ stage, done, total, costUsd, reservedUsd, unpriced }: Costed): CostRow {
  const left = total === null ? null : Math.max(0, total - done);
  const perItemUsd = costUsd === null || done === 0 || costUsd === 0 ? null : costUsd / done;
  return {
    stage,
    done,
    spentUsd: costUsd,
    reservedUsd,
    perItemUsd,
    left,
    forecastUsd: forecastOf(costUsd, perItemUsd, done, left),
    unpricedCalls: unpriced?.calls ?? 0,
    unpricedTokens: unpriced?.tokens ?? 0,
  };
}

function forecastOf(
  costUsd: number | null,
  perItem: number | null,
  done: number,
  left: number | null,
): UsdRange | null {
  if (costUsd === null || left === null) return null;
  if (left === 0 || (perItem === null && done >= TOLD_FROM)) return [costUsd, costUsd];
  if (perItem === null || done < TOLD_FROM) return null;
  return [costUsd + left * perItem * LOW, costUsd + left * perItem * HIGH];
}
