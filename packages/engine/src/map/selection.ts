/**
 * Which items a pass over a map takes up: those without a result, and, when a person asked, those with an error, those
 * made under another config, or listed ones. Found by index, never by walking what is done.
 */
import type { ItemRecord, RunId, Store } from "@holdfast/core";
import type { StageSignal } from "../workflow/interrupted.js";
import { keyTakenTwice, type PageWalk } from "./page-walk.js";
import { SeenFilter } from "./seen-filter.js";
import type { MapSource, SourceItem } from "./source.js";

export interface Candidate {
  readonly item: SourceItem;
  /** Its result so far, which this pass may replace; null where there is none. */
  readonly previous: ItemRecord | null;
}

/** What a person asked for beyond what is missing. */
export type Redo =
  /** `withMissing`: then what has no result too. */
  | {
      readonly kind: "errors";
      readonly category: string | null;
      /** Only failures of this cause. */
      readonly cause?: string;
      readonly withMissing?: true;
    }
  | { readonly kind: "stale" }
  | { readonly kind: "keys"; readonly keys: readonly string[] };

/** What a pass does again; all of it where everything was made with what has changed. */
export type Pass = Redo | { readonly kind: "all" };

/**
 * "errors", "both" (errors, then what is missing), "errors:<category>", "cause:<fingerprint>", "stale", "keys:<JSON list>"; null
 * for what is missing.
 */
export function parseRedo(only: string | null): Redo | null {
  if (only === null || only === "missing") return null;
  if (only === "errors") return { kind: "errors", category: null };
  if (only === "both") return { kind: "errors", category: null, withMissing: true };
  if (only.startsWith("errors:")) return { kind: "errors", category: only.slice("errors:".length) };
  if (only.startsWith("cause:")) return { kind: "errors", category: null, cause: only.slice("cause:".length) };
  if (only === "stale") return { kind: "stale" };
  if (only.startsWith("keys:")) return { kind: "keys", keys: JSON.parse(only.slice("keys:".length)) as string[] };
  return null;
}

/** The results of one map. */
export interface MapResults {
  readonly store: Pick<Store, "findItems" | "findLeftOut" | "listItems">;
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
  /** Of an iterable: compares it with what was taken before, and notes what is taken now. */
  readonly walk?: PageWalk | null | undefined;
  readonly hasLeftOut?: boolean | undefined;
  /** Results may stand at positions that say nothing: their items are gone. */
  readonly hasAbsent?: boolean | undefined;
  /** Where an item of this key is under way; null where none is. */
  readonly placeInFlight?: ((key: string) => number | null) | undefined;
  readonly signal: StageSignal;
  /** Told of every position that has a result and is not taken up. */
  readonly onDone: (index: number) => void;
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
  const { from, source, walk = null, signal, onDone: onSettled, onHole, onTotal } = request;
  const seen = walk === null ? null : new SeenFilter();
  // Nothing is taken up, and no mark moves, before an iterable has given what it gave.
  let held: Chosen = { open: [], done: [] };
  let end = from;
  let toldTotal = source.total;
  for await (const given of source.pages(walk?.start ?? from, signal, onHole)) {
    walk?.take(given);
    const page = await withoutErased(request, given);
    if (source.total !== null && source.total !== toldTotal) {
      toldTotal = source.total;
      onTotal(toldTotal);
    }
    const last = given.at(-1);
    if (last !== undefined) end = last.index + 1;
    const suspects = seen === null ? [] : page.filter(({ key }) => seen.add(key));
    const isPlain = request.isFresh && suspects.length === 0 && (given[0]?.index ?? 0) >= from;
    if (isPlain && !request.hasLeftOut && (walk?.isChecked ?? true) && held.open.length + held.done.length === 0) {
      // Nothing to look up and nothing held: what nearly every page of a first walk is.
      if (page.length > 0) yield page.map((item) => ({ item, previous: null }));
      continue;
    }
    const chosen = await choose(request, page, suspects, held.open);
    held = { open: [...held.open, ...chosen.open], done: [...held.done, ...chosen.done] };
    if (walk !== null && !walk.isChecked) continue;
    for (const index of held.done) onSettled(index);
    if (held.open.length > 0) yield held.open;
    held = { open: [], done: [] };
  }
  walk?.end();
  if (source.total === null || source.total !== toldTotal) onTotal(source.total ?? Math.max(end, from));
}

/** Erased items are done where the map has left them out, and are no items where it never came by. */
async function withoutErased(
  { store, runId, stage, onDone, onHole }: Omit<SelectionRequest, "redo" | "configHash">,
  page: readonly SourceItem[],
): Promise<readonly SourceItem[]> {
  const erased = page.filter(({ isErased }) => isErased);
  if (erased.length === 0) return page;
  const leftOut = new Set(await store.findLeftOut(runId, stage, keysOf(erased)));
  for (const { key, index } of erased) (leftOut.has(key) ? onDone : onHole)(index);
  return page.filter(({ isErased }) => !isErased);
}

interface Chosen {
  readonly open: readonly Candidate[];
  readonly done: readonly number[];
}

/** Of one page: what is to be called, and what has its result. @throws {MapKeyInvalidError} for the second item of a key. */
async function choose(
  request: Omit<SelectionRequest, "redo" | "configHash">,
  page: readonly SourceItem[],
  /** Those of it whose keys may have been met before. */
  suspects: readonly SourceItem[],
  held: readonly Candidate[],
): Promise<Chosen> {
  const { store, runId, stage, from, isFresh, walk } = request;
  const items = page.filter(({ index }) => index >= from);
  const asked = isFresh ? suspects : items;
  const found = asked.length === 0 ? [] : await store.findItems(runId, stage, keysOf(asked));
  const done = new Map(found.map((record) => [record.key, record]));
  if (walk?.isChecked) {
    for (const item of asked) {
      const first = request.hasAbsent ? null : (done.get(item.key)?.index ?? null);
      if (first !== null && first !== item.index) throw keyTakenTwice(stage, item, first);
    }
    for (const item of suspects) {
      const isSameKey = (other: SourceItem) => other.key === item.key && other.index < item.index;
      const first =
        page.find(isSameKey)?.index ??
        held.find((candidate) => isSameKey(candidate.item))?.item.index ??
        request.placeInFlight?.(item.key) ??
        null;
      if (first !== null && first !== item.index) throw keyTakenTwice(stage, item, first);
    }
  }
  const open: Candidate[] = [];
  const settled: number[] = [];
  for (const item of items) {
    const previous = done.get(item.key) ?? null;
    const isChanged = previous !== null && previous.itemSha256 !== item.itemSha256;
    if (previous === null || (isChanged && request.isRedoingChanged)) open.push({ item, previous });
    else settled.push(item.index);
  }
  if (!request.hasLeftOut || open.length === 0) return { open, done: settled };
  const leftOut = new Set(await store.findLeftOut(runId, stage, keysOf(open.map(({ item }) => item))));
  return {
    open: open.filter(({ item }) => !leftOut.has(item.key)),
    done: [...settled, ...open.filter(({ item }) => leftOut.has(item.key)).map(({ item }) => item.index)],
  };
}

const keysOf = (items: readonly SourceItem[]) => items.map(({ key }) => key);

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
      ? { outcome: "error" as const, category: redo.category ?? undefined, cause: redo.cause }
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
