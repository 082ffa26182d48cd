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

export interface ModelRow {
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null: no call of it has a known price. */
  readonly spentUsd: number | null;
  readonly unpricedCalls: number;
}

/** Costs by model over all maps, the most expensive first; empty where no call named its model. */
export function modelsOf(maps: readonly Pick<RunMap, "models">[]): readonly ModelRow[] {
  const rows = new Map<string, ModelRow>();
  for (const { model, calls, inputTokens, outputTokens, costUsd, unpriced } of maps.flatMap(({ models }) => models)) {
    const before = rows.get(model);
    rows.set(model, {
      model,
      calls: (before?.calls ?? 0) + calls,
      inputTokens: (before?.inputTokens ?? 0) + inputTokens,
      outputTokens: (before?.outputTokens ?? 0) + outputTokens,
      spentUsd: costUsd === null ? (before?.spentUsd ?? null) : (before?.spentUsd ?? 0) + costUsd,
      unpricedCalls: (before?.unpricedCalls ?? 0) + (unpriced?.calls ?? 0),
    });
  }
  return [...rows.values()].sort((a, b) => (b.spentUsd ?? 0) - (a.spentUsd ?? 0) || b.calls - a.calls);
}
