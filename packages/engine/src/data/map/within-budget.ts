/** A count of items under a budget. Pure. */
import type { MapState } from "@holdfast/core";
import type { MapOptions } from "../../context.js";
import type { ItemCount } from "./count-items.js";

/** Calls differ in price: within twice the average so far nobody is surprised. */
const SPREAD = 2;

/** Where the calls may cost more than is left, the budget decides how many there are. */
export function withinBudget(
  count: ItemCount,
  { budget }: Pick<MapOptions<unknown>, "budget">,
  state: MapState | null,
): ItemCount {
  const limitUsd = budget?.usd ?? null;
  if (limitUsd === null || count.calls === null || count.calls === 0) return count;
  const done = state === null ? 0 : state.okCount + state.errorCount;
  const spentUsd = state === null ? 0 : state.costUsd + state.reservedUsd;
  const averageUsd = done === 0 || state === null ? null : state.costUsd / done;
  const isSafe = averageUsd !== null && spentUsd + count.calls * averageUsd * SPREAD < limitUsd;
  return isSafe ? count : { ...count, items: null, calls: null, after: null };
}
