/** Whether the condition of an open wait is true, asked by whoever has locked its run and may end it. */
import {
  CHILD_COLUMNS,
  CHILD_SQL,
  type ChildRow,
  endOfChildWait,
  findWaitEnd,
  isChildWait,
  runInOrder,
  type WaitEnd,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { EndedWait, WaitRow } from "./settle-wait.js";

/** How the wait ends now, taking what ends it; null while its condition is not true. */
export async function findEnd(ctx: SqlContext, wait: WaitRow): Promise<WaitEnd | null> {
  if (isChildWait(wait.kind)) {
    const child = await ctx.get<ChildRow>(CHILD_SQL, wait.run_k, wait.stage, wait.generation);
    return endOfChildWait(wait.kind, wait.stage, child);
  }
  return runInOrder(findWaitEnd(ctx, wait, leftOf(ctx, wait)));
}

/** Those of the waits whose condition is true. */
export async function findEnds(ctx: SqlContext, waits: readonly WaitRow[]): Promise<EndedWait[]> {
  const ended: EndedWait[] = [];
  const children = await childrenOf(ctx, waits);
  for (const wait of waits) {
    const end = isChildWait(wait.kind)
      ? endOfChildWait(wait.kind, wait.stage, children.get(keyOf(wait)))
      : await findEnd(ctx, wait);
    if (end !== null) ended.push({ wait, end });
  }
  return ended;
}

const keyOf = ({ run_k, stage }: Pick<WaitRow, "run_k" | "stage">) => `${run_k} ${stage}`;

/** One look for all: a run may wait for hundreds. */
async function childrenOf(ctx: SqlContext, waits: readonly WaitRow[]): Promise<ReadonlyMap<string, ChildRow>> {
  const awaiting = waits.filter(({ kind }) => isChildWait(kind));
  if (awaiting.length === 0) return new Map();
  const rows = await ctx.all<ChildRow & { readonly parent_k: number; readonly parent_stage: string }>(
    `SELECT ${CHILD_COLUMNS}, c.parent_k, c.parent_stage
       FROM unnest(?::bigint[], ?::text[], ?::bigint[]) AS w(run_k, stage, generation)
       JOIN run c ON c.parent_k = w.run_k AND c.parent_stage = w.stage AND c.parent_generation = w.generation`,
    awaiting.map(({ run_k }) => run_k),
    awaiting.map(({ stage }) => stage),
    awaiting.map(({ generation }) => generation),
  );
  return new Map(rows.map((row) => [keyOf({ run_k: row.parent_k, stage: row.parent_stage }), row]));
}

/** Time until its instant; null if it has none. */
export function leftOf(ctx: SqlContext, { due_at }: WaitRow): number | null {
  return due_at === null ? null : Math.max(0, due_at - ctx.wallMs);
}
