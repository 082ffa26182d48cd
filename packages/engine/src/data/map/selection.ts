/**
 * Which items a pass over a map takes up: those without a result, and, when a person asked, those with an error, those
 * made under another config, or listed ones. Found by index, never by walking what is done.
 */
import type { ItemRecord, RunId, Store } from "@holdfast/core";
import type { StageSignal } from "../../interrupted.js";
import type { MapSource, SourceItem } from "./source.js";

export interface Candidate {
  readonly item: SourceItem;
  /** Its result so far, which this pass may replace; null where there is none. */
  readonly previous: ItemRecord | null;
}

/** What a person asked for beyond what is missing. */
export type Redo =
  | { readonly kind: "errors"; readonly category: string | null }
  | { readonly kind: "stale" }
  | { readonly kind: "keys"; readonly keys: readonly string[] };

/** What a pass does again; all of it where everything was made with what has changed. */
export type Pass = Redo | { readonly kind: "all" };

/** "errors", "errors:<category>", "stale", "keys:<JSON list>"; null for what is missing. */
export function parseRedo(only: string | null): Redo | null {
  if (only === null || only === "missing") return null;
  if (only === "errors") return { kind: "errors", category: null };
  if (only.startsWith("errors:")) return { kind: "errors", category: only.slice("errors:".length) };
  if (only === "stale") return { kind: "stale" };
  if (only.startsWith("keys:")) return { kind: "keys", keys: JSON.parse(only.slice("keys:".length)) as string[] };
  return null;
}

/** The results of one map. */
export interface MapResults {
  readonly store: Pick<Store, "findItems" | "listItems">;
  readonly runId: RunId;
  readonly stage: string;
  /** The config hash that results must have; null when any will do (a change was accepted as "reuse"). */
  readonly configHash: string | null;
}

export interface SelectionRequest extends MapResults {
  /** Where to begin to look for items without a result: those before have one. */
  readonly from: number;
  /** Of the items without a result only these; left out: all. */
  readonly among?: ReadonlySet<string> | undefined;
  readonly source: MapSource;
  readonly redo: Pass | null;
  /** A result whose row has changed since is taken up again. */
  readonly isRedoingChanged: boolean;
  /** Nothing has a result: none needs to be looked up. */
  readonly isFresh: boolean;
  readonly signal: StageSignal;
  /** Told of every position that has a result and is not taken up. */
  readonly onSettled: (index: number) => void;
  /** Told of every position that has no item. */
  readonly onHole: (index: number) => void;
  /** Told how many items a source has that did not say so before: once it is opened, or once all were seen. */
  readonly onTotal: (total: number) => void;
}

const PAGE_COUNT = 500;

export async function* selectItems(request: SelectionRequest): AsyncIterable<readonly Candidate[]> {
  if (request.redo !== null) yield* selectRedo(request, request.redo);
  const among = request.redo?.kind === "keys" ? new Set(request.redo.keys) : request.among;
  if (request.redo !== null && request.redo.kind !== "keys") return;
  if (among === undefined) return yield* selectMissing(request);
  for await (const page of selectMissing(request)) {
    const open = page.filter((candidate) => among.has(candidate.item.key));
    if (open.length > 0) yield open;
  }
}

/** Whether a person's wish finds any result in this map: then the record of its stage no longer answers. */
export async function hasItemsToRedo(results: MapResults, redo: Redo): Promise<boolean> {
  for await (const page of recordsToRedo(results, redo)) if (page.length > 0) return true;
  return false;
}

/** Without a result, from the low-water mark on, or from where else it may be missing. */
export async function* selectMissing(
  request: Omit<SelectionRequest, "redo" | "configHash">,
): AsyncIterable<readonly Candidate[]> {
  const { store, runId, stage, from, source, isFresh, signal, onSettled, onHole, onTotal } = request;
  let seen = from;
  let toldTotal = source.total;
  for await (const page of source.pages(from, signal, onHole)) {
    if (source.total !== null && source.total !== toldTotal) {
      toldTotal = source.total;
      onTotal(toldTotal);
    }
    const last = page.at(-1);
    if (last !== undefined) seen = last.index + 1;
    if (isFresh) {
      yield page.map((item) => ({ item, previous: null }));
      continue;
    }
    const found = await store.findItems(
      runId,
      stage,
      page.map((item) => item.key),
    );
    const done = new Map(found.map((record) => [record.key, record]));
    const open: Candidate[] = [];
    for (const item of page) {
      const previous = done.get(item.key) ?? null;
      const isChanged = previous !== null && previous.itemSha256 !== item.itemSha256;
      if (previous === null || (isChanged && request.isRedoingChanged)) open.push({ item, previous });
      else onSettled(item.index);
    }
    if (open.length > 0) yield open;
  }
  if (source.total === null || source.total !== toldTotal) onTotal(source.total ?? seen);
}

/** Results to be made again, by their position in the source. */
async function* selectRedo(request: SelectionRequest, redo: Pass): AsyncIterable<readonly Candidate[]> {
  const { source, signal } = request;
  for await (const records of recordsToRedo(request, redo)) {
    const byIndex = new Map(records.map((record) => [record.index, record]));
    const indexes = [...byIndex.keys()].sort((a, b) => a - b);
    for await (const items of source.pick(indexes, signal)) {
      // Under another source a position may hold another item: only what still has its key is taken up.
      const same = items.filter((item) => byIndex.get(item.index)?.key === item.key);
      if (same.length > 0) yield same.map((item) => ({ item, previous: byIndex.get(item.index) ?? null }));
    }
  }
}

export async function* recordsToRedo(results: MapResults, redo: Pass): AsyncIterable<readonly ItemRecord[]> {
  const { store, runId, stage, configHash } = results;
  // Where any config will do, nothing is stale.
  if (redo.kind === "stale" && configHash === null) return;
  if (redo.kind === "keys") {
    for (let at = 0; at < redo.keys.length; at += PAGE_COUNT) {
      yield await store.findItems(runId, stage, redo.keys.slice(at, at + PAGE_COUNT));
    }
    return;
  }
  const filter =
    redo.kind === "errors"
      ? { outcome: "error" as const, category: redo.category ?? undefined }
      : redo.kind === "stale"
        ? { staleTo: configHash ?? undefined }
        : {};
  for (let after: string | undefined; ; ) {
    const records = await store.listItems(runId, stage, { ...filter, after, limit: PAGE_COUNT });
    yield records;
    const last = records.at(-1);
    if (last === undefined || records.length < PAGE_COUNT) return;
    after = last.key;
  }
}
