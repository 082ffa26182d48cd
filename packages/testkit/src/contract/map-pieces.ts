/** Helpers for tests of maps: results, failures, intents, and commits of them. */
import {
  type Cost,
  costOfCall,
  type Fence,
  type ItemResultWrite,
  type MapCommit,
  type MapState,
  type Store,
} from "@holdfast/core";
import { expect } from "vitest";

export const STAGE = "enrich";
export const ROW_SHA256 = "ab".repeat(32);
export const FIRST = { name: "Error", message: "first" };
export const LATER = { name: "Error", message: "later" };

export const commitOf = (change: Partial<MapCommit>): MapCommit => ({
  stage: STAGE,
  intents: [],
  failures: [],
  results: [],
  lowWater: 0,
  intentLow: 0,
  total: null,
  committedNanos: 0,
  progress: { items: null, label: null },
  events: [],
  ...change,
});

export const usd = (amount: number): Cost => costOfCall(amount);

export const ok = (index: number, key: string, change: Partial<ItemResultWrite> = {}): ItemResultWrite => ({
  index,
  key,
  attempt: 1,
  outcome: "ok",
  outputJson: `{"of":"${key}"}`,
  errorJson: null,
  category: null,
  itemSha256: ROW_SHA256,
  ms: 5,
  cost: usd(0.25),
  usageJson: null,
  ...change,
});

export const bad = (index: number, key: string, change: Partial<ItemResultWrite> = {}): ItemResultWrite =>
  ok(index, key, {
    outcome: "error",
    outputJson: null,
    errorJson: JSON.stringify(FIRST),
    category: "server",
    ...change,
  });

export const failureOf = (key: string, attempt: number, costUsd = 0.5) => ({
  key,
  attempt,
  category: "timeout",
  errorJson: JSON.stringify(FIRST),
  cost: usd(costUsd),
});

export const intentOf = (n: number, key: string, attempt = 1) => ({ n, index: n, key, attempt });

type Opening = Parameters<Store["openMap"]>[1];

export function openWith(store: Store, fence: Fence, change: Partial<Opening> = {}) {
  const opening: Opening = {
    stage: STAGE,
    configHash: "config-1",
    configJson: '{"model":"small"}',
    sourceDigest: "source-1",
    total: 10,
    adoptConfig: false,
  };
  return store.openMap(fence, { ...opening, ...change });
}

export async function opened(store: Store, fence: Fence, change: Partial<Opening> = {}): Promise<MapState> {
  const answer = await openWith(store, fence, change);
  if (answer.kind !== "opened") throw new Error(`not opened: ${answer.kind}`);
  return answer.state;
}

export async function commit(store: Store, fence: Fence, change: Partial<MapCommit>): Promise<void> {
  expect(await store.commitMap(fence, commitOf(change))).toEqual({ kind: "written", wish: null });
}
