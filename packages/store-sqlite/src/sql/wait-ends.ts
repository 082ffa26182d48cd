/** Whether the condition of an open wait is true, asked under the write lock by whoever may end it. */
import {
  CHILD_SQL,
  type ChildRow,
  endOfChildWait,
  findWaitEnd,
  isChildWait,
  runNow,
  type WaitEnd,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { WaitRow } from "./settle-wait.js";

/** How the wait ends now, taking what ends it; null while its condition is not true. */
export function findEnd(ctx: SqlContext, wait: WaitRow): WaitEnd | null {
  if (isChildWait(wait.kind)) {
    const child = ctx.get<ChildRow>(CHILD_SQL, wait.run_k, wait.stage, wait.generation);
    return endOfChildWait(wait.kind, wait.stage, child);
  }
  return runNow(findWaitEnd(ctx, wait, leftOf(ctx, wait)));
}

/** Time until its instant; null if it has none. */
export function leftOf(ctx: SqlContext, { due_at, is_wall }: WaitRow): number | null {
  return due_at === null ? null : Math.max(0, due_at - (is_wall === 1 ? ctx.wallMs : ctx.steadyMs()));
}
