/** Children for the contract suite: opening their waits, and pairs of a parent and a child. */
import {
  type ChildRule,
  childRunId,
  type Fence,
  type RunCreate,
  type RunId,
  type Store,
  type WaitAnswer,
} from "@holdfast/core";
import { claimOne, type Held, INLINE, newRun, OTHER_TERMS, startRun } from "./factory.js";

export const CHILDREN = ["part"];
const hash = (text: string) => Buffer.from(text).toString("hex").slice(-64);

interface Asked {
  readonly stage?: string;
  readonly rule?: ChildRule;
  readonly kind?: "child" | "start";
  readonly generation?: number;
  readonly change?: Partial<RunCreate>;
}

export function openChild(
  store: Store,
  { runId, fence }: { readonly runId: RunId; readonly fence: Fence },
  { stage = "part", rule = "cancel", kind = "child", generation = 1, change = {} }: Asked = {},
): Promise<WaitAnswer> {
  const id = childRunId(runId, stage, generation, hash);
  const create = newRun({ id, workflow: "part", parent: { runId, stage }, inputJson: `"${stage}"`, ...change });
  return store.openWait(fence, { stage, kind, due: null, child: { create, rule } });
}

export const childOf = (runId: RunId, stage = "part", generation = 1) => childRunId(runId, stage, generation, hash);
export const park = (store: Store, { fence }: Held) => store.report(fence, { status: "waiting", reason: "child part" });
export const claimChild = (store: Store) => claimOne(store, OTHER_TERMS, CHILDREN);
export const complete = (store: Store, { fence }: Held) =>
  store.report(fence, { status: "completed", output: INLINE, stageCount: 0 });
export const recordOf = (store: Store, runId: RunId, stage = "part") => store.getStageRecord(runId, stage);

/** A parent that waits for its child, which `worker-b` holds. */
export async function waitingPair(store: Store, asked: Asked = {}): Promise<{ parent: Held; child: Held }> {
  const parent = await startRun(store);
  await openChild(store, parent, asked);
  await park(store, parent);
  return { parent, child: await claimChild(store) };
}
