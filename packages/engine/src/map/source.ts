/**
 * Where a map's items come from: a dataset, read by position, or an iterable, walked from its start. Either way a page at a
 * time, so that memory does not grow with the number of items.
 */
import {
  type DatasetRow,
  MapKeyInvalidError,
  type MapState,
  parseStored,
  type Store,
  WrongUseError,
} from "@holdfast/core";
import type { ErasedKeys } from "../dataset/erased.js";
import { flawOfKey } from "../dataset/key-text.js";
import type { Expansion, ItemSource, Items } from "../workflow/context.js";
import type { StageSignal } from "../workflow/interrupted.js";
import type { DatasetRef } from "../workflow/refs.js";

export interface SourceItem {
  readonly index: number;
  readonly key: string;
  /** Null for items that are not dataset rows. */
  readonly itemSha256: string | null;
  /** Its key was erased: a word stands in its place, and nobody may be called for it. */
  readonly isErased?: true | undefined;
  /** The item itself; a dataset row is parsed when it is asked for. */
  load(): unknown;
}

export interface MapSource {
  /** Equal digests mean the same items at the same positions; iterables cannot tell. */
  readonly digest: string;
  /** The dataset whose rows they are; null for an iterable. */
  readonly dataset: { readonly name: string; readonly digest: string } | null;
  /** Positions, holes included; null while unknown. */
  readonly total: number | null;
  /** Reading it takes nothing away and does nothing: a plan may. */
  readonly isReadable: boolean;
  /** Under the same digest it has the same items; what an iterable has, nobody can tell before it is read. */
  readonly isFixed: boolean;
  /** Every position has an item. */
  readonly isDense: boolean;
  /** How many items there are, going on from what an opened map has recorded. */
  totalFrom(state: MapState): number | null;
  /** Pages of items from position `from` on, in order. `onHole` is told of positions that have no item. */
  pages(from: number, signal: StageSignal, onHole: (index: number) => void): AsyncIterable<readonly SourceItem[]>;
  /** Items at these positions, in ascending order; an iterable that cannot be entered anywhere is walked for them. */
  pick(indexes: readonly number[], signal: StageSignal): AsyncIterable<readonly SourceItem[]>;
}

/** 128 rows of a few kilobytes: half a millisecond to read, half a megabyte to hold. */
export const SOURCE_PAGE_COUNT = 128;
/** To enter a source anew is taken to cost what walking past so many items does: a query or an opened file against a loop. */
const ENTER_GAP = 1_000;
/** A key is an id that stands in tables, logs and paths. */
const KEY_LENGTH_MAX = 1_024;

/** A part is the end of a key, after a colon. */
const PART_PATTERN = /^[^:\s]{1,64}$/;

export interface DatasetSourceOptions {
  readonly expand?: Expansion<unknown, unknown> | undefined;
  readonly limit?: number | undefined;
}

/**
 * The rows of a dataset, or, expanded, up to one item for each part of each row. A row's items have fixed positions (row
 * times parts plus part), so a resume finds its place without walking; a part without an item is a hole.
 */
export class DatasetSource implements MapSource {
  readonly digest: string;
  readonly total: number;
  readonly isReadable = true;
  readonly isFixed = true;
  readonly isDense: boolean;
  private readonly parts: readonly string[] | null;

  constructor(
    private readonly stage: string,
    private readonly ref: DatasetRef,
    private readonly store: Pick<Store, "listRows">,
    private readonly options: DatasetSourceOptions,
  ) {
    this.parts = options.expand?.parts ?? null;
    this.isDense = options.expand === undefined;
    this.check();
    const { limit = Number.POSITIVE_INFINITY } = options;
    this.total = Math.min(ref.rows * this.width, limit);
    const shape = this.parts === null ? "" : `/${this.parts.join(",")}`;
    this.digest = `${ref.digest}${shape}${options.limit === undefined ? "" : `/${options.limit}`}`;
  }

  get dataset(): DatasetRef {
    return this.ref;
  }

  totalFrom(state: MapState): number | null {
    return state.total ?? this.total;
  }

  async *pages(from: number, _signal: StageSignal, onHole: (index: number) => void) {
    for (let at = from; at < this.total; ) {
      const firstRow = Math.floor(at / this.width);
      const rows = await this.store.listRows(this.ref.name, this.ref.digest, {
        from: firstRow,
        limit: SOURCE_PAGE_COUNT,
      });
      const last = rows.at(-1);
      yield this.pageOf(rows, at, onHole);
      at = last === undefined ? this.total : (last.index + 1) * this.width;
    }
  }

  async *pick(indexes: readonly number[]): AsyncIterable<readonly SourceItem[]> {
    for (const index of indexes) {
      const query = { from: Math.floor(index / this.width), limit: 1 };
      const [row] = await this.store.listRows(this.ref.name, this.ref.digest, query);
      if (row === undefined) continue;
      const item = this.itemsOf(row, index, () => {}).find((one) => one.index === index);
      if (item !== undefined) yield [item];
    }
  }

  /** Items of these rows from position `from` on; positions of rows that were erased are holes. */
  private pageOf(rows: readonly DatasetRow[], from: number, onHole: (index: number) => void): SourceItem[] {
    const items: SourceItem[] = [];
    let at = from;
    const skipTo = (position: number) => {
      for (; at < Math.min(position, this.total); at++) onHole(at);
    };
    for (const row of rows) {
      skipTo(row.index * this.width);
      items.push(...this.itemsOf(row, from, onHole));
      at = Math.max(at, (row.index + 1) * this.width);
    }
    if (rows.length === 0) skipTo(this.total);
    return items;
  }

  private get width(): number {
    return this.parts?.length ?? 1;
  }

  private itemsOf({ index, key, rowSha256, json }: DatasetRow, from: number, onHole: (index: number) => void) {
    const { expand } = this.options;
    if (expand === undefined) {
      return index < this.total
        ? [{ index, key, itemSha256: rowSha256, load: () => parseStored(json, `row ${key}`) }]
        : [];
    }
    const row = parseStored(json, `row ${key}`);
    const items: SourceItem[] = [];
    for (const [offset, part] of expand.parts.entries()) {
      const position = index * this.width + offset;
      if (position < from || position >= this.total) continue;
      const item = expand.item(row, part);
      if (item === null) onHole(position);
      else items.push({ index: position, key: `${key}:${part}`, itemSha256: rowSha256, load: () => item });
    }
    return items;
  }

  private check(): void {
    const { stage, parts } = this;
    const { limit } = this.options;
    if (limit !== undefined && !(Number.isInteger(limit) && limit >= 0)) {
      throw new WrongUseError({ problem: `Map ${stage}: limit is ${limit}, a whole number is expected.` });
    }
    if (parts === null) return;
    if (parts.length === 0 || new Set(parts).size < parts.length || !parts.every((part) => PART_PATTERN.test(part))) {
      throw new WrongUseError({
        problem: `Map ${stage}: expand.parts needs different names without spaces and colons, not ${JSON.stringify(parts)}.`,
      });
    }
  }
}

/** How many items a collection holds; null for what tells only by being walked. */
function sizeOf(items: unknown): number | null {
  if (Array.isArray(items)) return items.length;
  return items instanceof Set || items instanceof Map ? items.size : null;
}

export class IterableSource implements MapSource {
  readonly digest = "iterable";
  readonly dataset = null;
  /** Of what a function returns it is known once it was called: before its first page. */
  total: number | null;
  readonly isReadable: boolean;
  readonly isFixed = false;
  readonly isDense = false;
  private findErased: () => Promise<ErasedKeys | null> = async () => null;

  constructor(
    private readonly stage: string,
    private readonly given: ItemSource<unknown>,
    private readonly key: string | ((item: unknown) => string),
  ) {
    const isSource = typeof given === "function" || isEntered(given) || isIterable(given);
    if (!isSource) {
      throw new WrongUseError({
        problem: `Map ${stage}: its items are ${given === null ? "null" : typeof given}; a dataset, an iterable, a function that returns one, or { from } is expected.`,
      });
    }
    this.isReadable = Array.isArray(given);
    this.total = sizeOf(given);
  }

  /** Items of these keys are given under a word in place of their key, and as erased: nobody may be called for them. */
  passOver(find: () => Promise<ErasedKeys | null>): void {
    this.findErased = find;
  }

  totalFrom(state: MapState): number | null {
    return this.total === null ? state.total : this.total + state.absentCount - state.leftOutCount;
  }

  /** It can be asked for its items more than once: it is no iterator that gives itself. */
  get isReadAgain(): boolean {
    const { given } = this;
    if (Array.isArray(given) || typeof given === "function" || isEntered(given)) return true;
    const items = given as { [Symbol.iterator]?: () => unknown; [Symbol.asyncIterator]?: () => unknown };
    return typeof (items as { next?: unknown }).next !== "function";
  }

  /** It is opened at a position, not at its start. */
  get isEntered(): boolean {
    return isEntered(this.given);
  }

  async *pages(from: number, signal: StageSignal): AsyncIterable<readonly SourceItem[]> {
    // Asked for when the items are: a map begins in the order in which it was called.
    const erased = await this.findErased();
    const { items, first } = this.open(from, signal);
    let page: SourceItem[] = [];
    let index = first;
    // A synchronous source is walked synchronously: ten million awaits would cost more than ten million items.
    if (Symbol.iterator in Object(items)) {
      for (const item of items as Iterable<unknown>) {
        if (index >= from) page.push(this.wrap(item, index));
        index++;
        if (page.length < SOURCE_PAGE_COUNT) continue;
        yield erased === null ? page : await withWords(page, erased);
        page = [];
      }
    } else {
      for await (const item of items as AsyncIterable<unknown>) {
        if (index >= from) page.push(this.wrap(item, index));
        index++;
        if (page.length < SOURCE_PAGE_COUNT) continue;
        yield erased === null ? page : await withWords(page, erased);
        page = [];
      }
    }
    if (page.length > 0) yield erased === null ? page : await withWords(page, erased);
  }

  async *pick(indexes: readonly number[], signal: StageSignal): AsyncIterable<readonly SourceItem[]> {
    for (let at = 0; at < indexes.length; ) {
      const begun = at;
      for await (const page of this.pages(indexes[at] as number, signal)) {
        const last = page.at(-1) as SourceItem;
        const found: SourceItem[] = [];
        for (; at < indexes.length && (indexes[at] as number) <= last.index; at++) {
          found.push(page[(indexes[at] as number) - (page[0] as SourceItem).index] as SourceItem);
        }
        if (found.length > 0) yield found;
        const next = indexes[at];
        if (next === undefined) return;
        if (this.isEnteredAnywhere && next > last.index + ENTER_GAP) break;
      }
      // The source has become shorter: it ends before the next one.
      if (at === begun) return;
    }
  }

  /** Open it at `from`, or at the beginning where that is all it can do. */
  private open(from: number, signal: StageSignal): { readonly items: Items<unknown>; readonly first: number } {
    const { given } = this;
    if (Array.isArray(given)) return { items: rest(given, from), first: from };
    if (isEntered(given)) return { items: given.from(from, { signal }), first: from };
    const items = typeof given === "function" ? given({ signal }) : given;
    this.total = sizeOf(items);
    return { items, first: 0 };
  }

  private get isEnteredAnywhere(): boolean {
    return Array.isArray(this.given) || isEntered(this.given);
  }

  private wrap(item: unknown, index: number): SourceItem {
    const key = this.keyOf(item, index);
    if (typeof key !== "string" || key === "" || key.length > KEY_LENGTH_MAX) {
      const found = typeof key === "string" ? (key === "" ? "empty" : "too long") : key === null ? "null" : typeof key;
      this.refuse(index, `its key is ${found}; a text of 1 to ${KEY_LENGTH_MAX} characters is expected`);
    }
    const flaw = flawOfKey(key);
    if (flaw !== null) this.refuse(index, `its key ${JSON.stringify(key)} ${flaw}`, { key });
    return { index, key, itemSha256: null, load: () => item };
  }

  private keyOf(item: unknown, index: number): string {
    const { key } = this;
    if (typeof key === "string") {
      if (item === null || item === undefined) {
        this.refuse(index, `it is ${item}, which has no property ${JSON.stringify(key)} to be its key`);
      }
      return (item as Record<string, string>)[key] as string;
    }
    try {
      return key(item);
    } catch (error) {
      const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return this.refuse(index, `the \`key\` function failed for it (${said})`, {}, error);
    }
  }

  private refuse(index: number, problem: string, more: { readonly key?: string } = {}, cause?: unknown): never {
    throw new MapKeyInvalidError({ stage: this.stage, index, problem, ...more }, { cause });
  }
}

async function withWords(page: readonly SourceItem[], erased: ErasedKeys): Promise<readonly SourceItem[]> {
  const words = await erased(page.map(({ key }) => key));
  if (words.size === 0) return page;
  return page.map((item) => {
    const word = words.get(item.key);
    return word === undefined ? item : { ...item, key: word, isErased: true, load: () => undefined };
  });
}

/** Not `slice`: of a list of millions it would copy millions each time. */
function* rest(items: readonly unknown[], from: number): Generator<unknown> {
  for (let at = from; at < items.length; at++) yield items[at];
}

type Entered = Extract<ItemSource<unknown>, { readonly from: unknown }>;

function isEntered(given: ItemSource<unknown> | null): given is Entered {
  return typeof given === "object" && typeof (given as Partial<Entered> | null)?.from === "function";
}

function isIterable(given: unknown): boolean {
  return given != null && (Symbol.iterator in Object(given) || Symbol.asyncIterator in Object(given));
}
