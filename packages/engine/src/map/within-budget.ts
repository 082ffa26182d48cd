/** A count of items under a budget. Pure. */
import type { MapState } from "@holdfast/core";
import type { MapOptions } from "../workflow/context.js";
import { budgetNanosOf } from "./budget.js";
import type { ItemCount } from "./count-items.js";

/** Calls differ in price: within twice the average so far nobody is surprised. */
const SPREAD = 2;

/** Where the calls may cost more than is left, the budget decides how many there are. */
export function withinBudget(
  count: ItemCount,
  { budget }: Pick<MapOptions<unknown>, "budget">,
  state: MapState | null,
): ItemCount {
  const limit = budgetNanosOf({ budget });
  if (limit === null || count.calls === null || count.calls === 0) return count;
  const done = state === null ? 0 : state.okCount + state.errorCount;
  const spent = state === null ? 0 : state.cost.nanos + state.reservedNanos;
  const average = done === 0 || state === null ? null : state.cost.nanos / done;
  const isSafe = average !== null && spent + count.calls * average * SPREAD < limit;
  return isSafe ? count : { ...count, items: null, calls: null, after: null };
}
