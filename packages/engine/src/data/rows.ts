/** Reading a dataset's rows, page by page: for stages and items that need more of it than the row they work on. */
import { parseStored, type Store } from "@holdfast/core";
import type { DatasetEntry } from "../context.js";
import type { DatasetRef } from "../refs.js";

/** 128 rows of a few kilobytes: half a megabyte to hold. */
const PAGE_COUNT = 128;

/** In the order of the file. The version that the reference names is never changed, so neither is what is read. */
export async function* readRows<Row>(
  store: Pick<Store, "listRows">,
  ref: Pick<DatasetRef<Row>, "name" | "digest" | "~of">,
  /** Called once, before the first row is read. */
  onAsked?: () => Promise<void>,
): AsyncIterable<DatasetEntry<Row>> {
  await onAsked?.();
  for (let from = 0; ; ) {
    const page = await store.listRows(ref.name, ref.digest, { from, limit: PAGE_COUNT });
    for (const { index, key, json } of page) yield { index, key, row: parseStored<Row>(json, `row ${key}`) };
    if (page.length < PAGE_COUNT) return;
    from += page.length;
  }
}
