/** Reading a dataset's rows, page by page: for stages and items that need more of it than the row they work on. */
import { parseStored, type Store } from "@holdfast/core";
import type { DatasetEntry } from "../workflow/context.js";
import type { DatasetRef } from "../workflow/refs.js";
import { requireVersion } from "./erased.js";
import { rowPages } from "./row-pages.js";

/** 128 rows of a few kilobytes: half a megabyte to hold. */
const PAGE_COUNT = 128;

/** In the order of the file. The version that the reference names is never changed, so neither is what is read. */
export async function* readRows<Row>(
  store: Pick<Store, "listRows" | "getDataset">,
  ref: Pick<DatasetRef<Row>, "name" | "digest" | "~of">,
  /** Called once, before the first row is read. */
  onAsked?: () => Promise<void>,
): AsyncIterable<DatasetEntry<Row>> {
  await onAsked?.();
  let isEmpty = true;
  for await (const page of rowPages(store, { name: ref.name, contentSha256: ref.digest }, PAGE_COUNT)) {
    isEmpty = false;
    for (const { index, key, json } of page) yield { index, key, row: parseStored<Row>(json, `row ${key}`) };
  }
  // No rows, or no such version any more.
  if (isEmpty) await requireVersion(store, ref);
}
