/** The items of two maps that differ in one way, a page at a time: what a person reads one by one. */
import type { MapView, RunRecords } from "../client/facade.js";
import type { ItemResult } from "../workflow/context.js";
import { type Items, kindOfItems, mergeItems } from "./compare-items.js";

/** How an item differs between two runs. */
export const ITEM_CHANGES = ["changed", "okToError", "errorToOk", "onlyInA", "onlyInB", "same"] as const;
/** One of `ITEM_CHANGES`. */
export type ItemChange = (typeof ITEM_CHANGES)[number];

/** One item in both runs; null in a run that has none of that key. */
export interface ItemPair {
  readonly key: string;
  readonly a: ItemResult<unknown> | null;
  readonly b: ItemResult<unknown> | null;
}

export interface ItemPairPage {
  readonly rows: readonly ItemPair[];
  /** The key to go on after; null at the end. A page may be short, or empty, before the end. */
  readonly next: string | null;
}

/** Items looked through for one page: half a second of reading, so that a rare kind cannot hold the store. */
const LOOKED_MAX = 20_000;
const PAGE_COUNT = 500;

type Place = Pick<MapView, "runId" | "stage">;

/** Items of the two maps that differ in the given way, in the order of keys, from after `after` on. */
export async function compareItemPage(
  runs: Pick<RunRecords, "items">,
  a: Place,
  b: Place,
  {
    change,
    after,
    limit,
  }: { readonly change: ItemChange; readonly after?: string | undefined; readonly limit: number },
): Promise<ItemPairPage> {
  const rows: ItemPair[] = [];
  let looked = 0;
  for await (const [left, right] of mergeItems(itemsAfter(runs, a, after), itemsAfter(runs, b, after))) {
    const key = (left ?? right)?.key ?? "";
    if (changeOf(left, right) === change) rows.push({ key, a: left, b: right });
    looked++;
    if (rows.length >= limit || looked >= LOOKED_MAX) return { rows, next: key };
  }
  return { rows, next: null };
}

function changeOf(a: ItemResult<unknown> | null, b: ItemResult<unknown> | null): ItemChange {
  if (a === null) return "onlyInB";
  return b === null ? "onlyInA" : (kindOfItems(a, b) ?? "same");
}

async function* itemsAfter(runs: Pick<RunRecords, "items">, { runId, stage }: Place, after?: string): Items {
  let cursor = after;
  for (;;) {
    const { rows, next } = await runs.items(runId, stage, { cursor, limit: PAGE_COUNT });
    yield* rows as readonly ItemResult<unknown>[];
    if (next === null) return;
    cursor = next;
  }
}
