/** Reading what a map recorded, page by page: for stages that score or export, and for callers outside. */
import {
  type ItemRecord,
  type OptionNames,
  parseStored,
  type RecordedError,
  type RunId,
  refuseUnknownOptions,
  type Store,
  toCostView,
} from "@holdfast/core";
import type { ItemResult, ResultFilter } from "../workflow/context.js";

/** A result of a map, with the position of its item. */
export type ItemView = ItemResult<unknown> & {
  /** Position of the item in the map's source, from 0. */
  readonly index: number;
};

/** 128 results with their outputs: some 100 KB to hold. */
const PAGE_COUNT = 128;

const FILTER: OptionNames<ResultFilter> = { outcome: true, category: true, after: true };

/** In the order of keys. Rows written while it is read may or may not be seen; none is seen twice. */
export async function* readResults<T>(
  store: Pick<Store, "listItems">,
  runId: RunId,
  stage: string,
  filter: ResultFilter = {},
): AsyncIterable<ItemResult<T>> {
  refuseUnknownOptions("results", filter, FILTER);
  const { outcome, category } = filter;
  for (let { after } = filter; ; ) {
    const page = await store.listItems(runId, stage, { outcome, category, after, limit: PAGE_COUNT });
    for (const record of page) yield toItemResult<T>(record);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_COUNT) return;
    after = last.key;
  }
}

/** The same with the item's position in its source. */
export function toItemView(record: ItemRecord): ItemView {
  return { index: record.index, ...toItemResult(record) };
}

function toItemResult<T>(record: ItemRecord): ItemResult<T> {
  const { key, label, attempts, cost, outputJson, category, startedAt, finishedAt, usageJson } = record;
  const common = {
    key,
    label,
    attempts,
    firstError: record.firstError,
    ...toCostView(cost),
    startedAt,
    finishedAt,
    usage: usageJson === null ? null : parseStored(usageJson, `item ${key}: its usage`),
  };
  if (record.outcome === "ok") {
    return {
      ...common,
      outcome: "ok",
      output: (outputJson === null ? undefined : parseStored(outputJson, `item ${key}: its output`)) as T,
    };
  }
  const error: RecordedError = record.error ?? { name: "Error", message: "the item failed" };
  return { ...common, outcome: "error", error, category: category ?? "other" };
}
