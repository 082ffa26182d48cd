/**
 * Where a map's items come from: a dataset, read by position, or an iterable, walked from its start. Either way a page at a
 * time, so that memory does not grow with the number of items.
 */
import { MapKeyInvalidError, type Store } from "@holdfast/core";
import type { Items } from "../../context.js";
import type { StageSignal } from "../../interrupted.js";
import type { DatasetRef } from "../../refs.js";

export interface SourceItem {
  readonly index: number;
  readonly key: string;
  /** Null for items that are not dataset rows. */
  readonly itemSha256: string | null;
  /** The item itself; a dataset row is parsed when it is asked for. */
  load(): unknown;
}

export interface MapSource {
  /** Equal digests mean the same items: a dataset's content hash; iterables cannot tell. */
  readonly digest: string;
  readonly total: number | null;
  /** Pages of items from position `from` on, in order. */
  pages(from: number, signal: StageSignal): AsyncIterable<readonly SourceItem[]>;
  /** Items at these positions, in ascending order; an iterable is walked for them. */
  pick(indexes: readonly number[], signal: StageSignal): AsyncIterable<readonly SourceItem[]>;
}

/** 256 rows of a few kilobytes: a millisecond to read, a megabyte to hold. */
const PAGE_COUNT = 256;
/** A key is an id that stands in tables, logs and paths. */
const KEY_LENGTH_MAX = 1_024;

export class DatasetSource implements MapSource {
  readonly digest: string;
  readonly total: number;

  constructor(
    private readonly ref: DatasetRef,
    private readonly store: Pick<Store, "listRows">,
  ) {
    this.digest = ref.digest;
    this.total = ref.rows;
  }

  async *pages(from: number): AsyncIterable<readonly SourceItem[]> {
    for (let at = from; at < this.total; ) {
      const page = await this.read(at, PAGE_COUNT);
      if (page.length === 0) return;
      yield page;
      at += page.length;
    }
  }

  async *pick(indexes: readonly number[]): AsyncIterable<readonly SourceItem[]> {
    for (const index of indexes) yield await this.read(index, 1);
  }

  private async read(from: number, limit: number): Promise<readonly SourceItem[]> {
    const rows = await this.store.listRows(this.ref.name, this.ref.digest, { from, limit });
    return rows.map(({ index, key, rowSha256, json }) => ({
      index,
      key,
      itemSha256: rowSha256,
      load: () => JSON.parse(json),
    }));
  }
}

export class IterableSource implements MapSource {
  readonly digest = "iterable";
  readonly total: number | null;

  constructor(
    private readonly stage: string,
    private readonly given: Items<unknown> | ((open: { signal: StageSignal }) => Items<unknown>),
    private readonly keyOf: (item: unknown) => string,
  ) {
    this.total = Array.isArray(given) ? given.length : null;
  }

  async *pages(from: number, signal: StageSignal): AsyncIterable<readonly SourceItem[]> {
    const items = typeof this.given === "function" ? this.given({ signal }) : this.given;
    let page: SourceItem[] = [];
    let index = 0;
    // A synchronous source is walked synchronously: ten million awaits would cost more than ten million items.
    if (Symbol.iterator in items) {
      for (const item of items as Iterable<unknown>) {
        if (index >= from) page.push(this.wrap(item, index));
        index++;
        if (page.length < PAGE_COUNT) continue;
        yield page;
        page = [];
      }
    } else {
      for await (const item of items as AsyncIterable<unknown>) {
        if (index >= from) page.push(this.wrap(item, index));
        index++;
        if (page.length < PAGE_COUNT) continue;
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  }

  async *pick(indexes: readonly number[], signal: StageSignal): AsyncIterable<readonly SourceItem[]> {
    const wanted = new Set(indexes);
    const first = indexes[0];
    if (first === undefined) return;
    for await (const page of this.pages(first, signal)) {
      const found = page.filter((item) => wanted.delete(item.index));
      if (found.length > 0) yield found;
      if (wanted.size === 0) return;
    }
  }

  private wrap(item: unknown, index: number): SourceItem {
    const key = this.keyOf(item);
    if (typeof key !== "string" || key === "" || key.length > KEY_LENGTH_MAX) {
      const problem = `its key is ${typeof key === "string" ? (key === "" ? "empty" : "too long") : typeof key}; a text of 1 to ${KEY_LENGTH_MAX} characters is expected`;
      throw new MapKeyInvalidError({ stage: this.stage, index, problem });
    }
    return { index, key, itemSha256: null, load: () => item };
  }
}
