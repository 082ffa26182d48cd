/**
 * What a map took from an iterable, and whether it still gives that. Keys decide, not positions: the store keeps the keys of
 * the pages that are not done, and a digest of all keys before each, so that a resume compares without keeping every key.
 * An iterable that is entered anywhere is compared from the page on that holds the last kept position.
 */
import { type ItemPage, MapKeyInvalidError, type MapState, WrongUseError } from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import type { Execution } from "../run/execution.js";
import type { StageSignal } from "../workflow/interrupted.js";
import { IterableSource, type MapSource, type SourceItem } from "./source.js";

/** The iterable gives other keys than it gave; thrown before anything of it is taken up. */
export class ItemsChanged extends Error {
  override readonly name = "ItemsChanged";
}

/** Of no keys. */
const NO_KEYS = "";

export class PageWalk {
  /** Where to enter the iterable. */
  readonly start: number;
  private before: string;
  private readonly known: ReadonlyMap<number, ItemPage>;
  private readonly lastKnown: number;
  private isAllSeen: boolean;

  constructor(
    known: readonly ItemPage[],
    isEntered: boolean,
    /** Called with each page that is not known, or has more keys than it had. */
    private readonly onPage: (page: ItemPage) => void,
  ) {
    const [first] = known;
    this.start = isEntered ? (first?.index ?? 0) : 0;
    this.before = isEntered ? (first?.before ?? NO_KEYS) : NO_KEYS;
    this.known = new Map(known.map((page) => [page.index, page]));
    this.lastKnown = known.at(-1)?.index ?? -1;
    this.isAllSeen = known.length === 0;
  }

  /** All that was taken before was met, and is what it was. */
  get isChecked(): boolean {
    return this.isAllSeen;
  }

  /** The next page, from `start` on. @throws {ItemsChanged} */
  take(page: readonly SourceItem[]): void {
    const index = page[0]?.index ?? 0;
    const keys = page.map(({ key }) => key);
    const known = this.known.get(index);
    if (known !== undefined) {
      const isSame = known.before === this.before && known.keys.every((key, at) => key === keys[at]);
      if (!isSame) throw new ItemsChanged();
    }
    if (index >= this.lastKnown) this.isAllSeen = true;
    if (index > this.lastKnown || (known !== undefined && known.keys.length < keys.length)) {
      this.onPage({ index, before: this.before, keys });
    }
    this.before = sha256(`${this.before}${JSON.stringify(keys)}`);
  }

  /** The iterable has ended. @throws {ItemsChanged} where it ends before what was taken. */
  end(): void {
    if (!this.isAllSeen) throw new ItemsChanged();
  }
}

/** Null for a dataset, whose version never changes. */
export function walkOf(
  source: MapSource,
  known: readonly ItemPage[],
  onPage: (page: ItemPage) => void,
): PageWalk | null {
  return source instanceof IterableSource ? new PageWalk(known, source.isEntered, onPage) : null;
}

/**
 * Whether an iterable gives what it gave, as far as the first walk over it does not tell that before anything is called.
 * @throws {ItemsChanged} also where only a comparison with all results can tell.
 */
export async function checkItems(
  { subject: { run } }: Execution,
  { stage, source }: { readonly stage: string; readonly source: MapSource },
  {
    state,
    known,
    passes,
  }: { readonly state: MapState; readonly known: readonly ItemPage[]; readonly passes: readonly unknown[] },
  signal: StageSignal,
): Promise<void> {
  if (!(source instanceof IterableSource)) return;
  const isTakingAnew = run.directive?.accept === "redo" && state.leftOutCount + state.absentCount > 0;
  // Earlier versions kept no keys of what they took.
  const isUnknown = known.length === 0 && state.okCount + state.errorCount > 0;
  if (!source.isReadAgain) {
    if (!isTakingAnew) return;
    throw new WrongUseError({
      problem: `Map ${stage}: its items can be read once only; give a function that opens them anew.`,
    });
  }
  if (isTakingAnew || isUnknown) throw new ItemsChanged();
  if (passes[0] === null || known.length === 0) return;
  await compareTaken(source, known, signal);
}

/** @throws {ItemsChanged} where the iterable does not give what was taken from it. */
export async function compareTaken(
  source: IterableSource,
  known: readonly ItemPage[],
  signal: StageSignal,
): Promise<void> {
  const walk = new PageWalk(known, source.isEntered, () => {});
  for await (const page of source.pages(walk.start, signal)) {
    walk.take(page);
    if (walk.isChecked) return;
  }
  walk.end();
}

/** Two items with one key: neither may be paid for twice, and one result could not be told from the other. */
export function keyTakenTwice(stage: string, { index, key }: SourceItem, first: number): MapKeyInvalidError {
  const problem = `its key ${JSON.stringify(key)} is that of item ${first} already`;
  return new MapKeyInvalidError({ stage, index, problem, key, first });
}
