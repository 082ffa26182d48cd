/** Whether the condition of an open wait is true, asked by whoever has locked its run and may end it. */
import { findWaitEnd, runInOrder, type WaitEnd } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { EndedWait, WaitRow } from "./settle-wait.js";

/** How the wait ends now, taking what ends it; null while its condition is not true. */
export function findEnd(ctx: SqlContext, wait: WaitRow): Promise<WaitEnd | null> {
  return runInOrder(findWaitEnd(ctx, wait, leftOf(ctx, wait)));
}

/** Those of the waits whose condition is true. */
export async function findEnds(ctx: SqlContext, waits: readonly WaitRow[]): Promise<EndedWait[]> {
  const ended: EndedWait[] = [];
  for (const wait of waits) {
    const end = await findEnd(ctx, wait);
    if (end !== null) ended.push({ wait, end });
  }
  return ended;
}

/** Time until its instant; null if it has none. */
export function leftOf(ctx: SqlContext, { due_at }: WaitRow): number | null {
  return due_at === null ? null : Math.max(0, due_at - ctx.wallMs);
}
