/**
 * Two maps of the same name in two runs, item by item: a merge of two streams in the order of keys, so that memory stays
 * flat however many items there are.
 */
import { canonicalJson } from "@holdfast/core";
import type { ItemResult } from "../workflow/context.js";

export interface KeyList {
  readonly count: number;
  /** The first 20, in the order of keys. */
  readonly firstKeys: readonly string[];
}

export interface ItemsDifference {
  readonly inBoth: number;
  readonly same: number;
  /** Both ok, another output; or both failed, in another category. */
  readonly changed: KeyList;
  readonly okToError: KeyList;
  readonly errorToOk: KeyList;
  readonly onlyInA: KeyList;
  readonly onlyInB: KeyList;
}

export type Items = AsyncIterable<ItemResult<unknown>>;

export async function compareItems(a: Items, b: Items): Promise<ItemsDifference> {
  const lists = {
    changed: new Keys(),
    okToError: new Keys(),
    errorToOk: new Keys(),
    onlyInA: new Keys(),
    onlyInB: new Keys(),
  };
  let inBoth = 0;
  let same = 0;
  for await (const [left, right] of mergeItems(a, b)) {
    if (left === null || right === null) {
      lists[right === null ? "onlyInA" : "onlyInB"].note((left ?? right)?.key ?? "");
      continue;
    }
    inBoth++;
    const kind = kindOfItems(left, right);
    if (kind === null) same++;
    else lists[kind].note(left.key);
  }
  return { inBoth, same, ...lists };
}

export function hasDifference({ changed, okToError, errorToOk, onlyInA, onlyInB }: ItemsDifference): boolean {
  return [changed, okToError, errorToOk, onlyInA, onlyInB].some((list) => list.count > 0);
}

export function kindOfItems(
  a: ItemResult<unknown>,
  b: ItemResult<unknown>,
): "changed" | "okToError" | "errorToOk" | null {
  if (a.outcome === "ok") {
    if (b.outcome === "error") return "okToError";
    return isEqual(a.output, b.output) ? null : "changed";
  }
  if (b.outcome === "ok") return "errorToOk";
  return a.category === b.category ? null : "changed";
}

/** As text first: the order of fields is the same nearly always. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b) || canonicalJson(a ?? null) === canonicalJson(b ?? null);
}

/** Pairs by key, in the order of keys; null where a run has no such item. */
export async function* mergeItems(
  a: Items,
  b: Items,
): AsyncIterable<readonly [ItemResult<unknown> | null, ItemResult<unknown> | null]> {
  const left = a[Symbol.asyncIterator]();
  const right = b[Symbol.asyncIterator]();
  const next = async (from: AsyncIterator<ItemResult<unknown>>) => {
    const step = await from.next();
    return step.done === true ? null : step.value;
  };
  let [x, y] = await Promise.all([next(left), next(right)]);
  while (x !== null || y !== null) {
    const order = x === null ? 1 : y === null ? -1 : compareKeys(x.key, y.key);
    yield [order <= 0 ? x : null, order >= 0 ? y : null];
    if (order <= 0) x = await next(left);
    if (order >= 0) y = await next(right);
  }
}

/** The stores order keys by their UTF-8 bytes, which is not JavaScript's order for characters beyond U+FFFF. */
function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
}

/** What a person reads before asking for all. */
const FIRST_KEYS_MAX = 20;

class Keys implements KeyList {
  count = 0;
  readonly firstKeys: string[] = [];

  note(key: string): void {
    this.count++;
    if (this.firstKeys.length < FIRST_KEYS_MAX) this.firstKeys.push(key);
  }
}
