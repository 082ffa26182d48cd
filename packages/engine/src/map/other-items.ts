/**
 * An iterable that gives other items than it gave: what came and what went is named, and a person's word is needed. "redo"
 * takes the items as they are now: new ones are called, results of gone ones leave. "reuse" takes the results as they were:
 * new ones are left out, results of gone ones stay. Items that only stand elsewhere need nobody's word.
 */
import { type ItemPage, type KeyCount, type MapState, type RunId, type Store, WrongUseError } from "@holdfast/core";
import { isErasedWord } from "../dataset/erased.js";
import { SeenKeys } from "../dataset/seen-keys.js";
import type { JudgedDrift, Terms } from "../run/drift-terms.js";
import type { Execution } from "../run/execution.js";
import { judgeDrift } from "../stage/decide-stage.js";
import { Interrupted, type StageSignal } from "../workflow/interrupted.js";
import { keyTakenTwice } from "./page-walk.js";
import { placeAt } from "./place.js";
import { IterableSource, type MapSource, SOURCE_PAGE_COUNT, type SourceItem } from "./source.js";

const PAGE_COUNT = 500;
/** What a person reads before deciding. */
const FIRST_KEYS_MAX = 20;

export interface OtherItems {
  readonly stage: string;
  readonly source: MapSource;
  readonly state: MapState;
  readonly known: readonly ItemPage[];
  readonly signal: StageSignal;
}

/** How the map is to be opened: with other items, once their results are placed. Null: refused, the execution stops. */
export async function acceptOtherItems(
  execution: Execution,
  of: OtherItems,
): Promise<{ readonly isKeepingLeftOut: boolean; readonly absentCount: number } | null> {
  const { stage, source } = of;
  if (source instanceof IterableSource && !source.isReadAgain) {
    const problem = `Map ${stage}: its items are not those that were taken before, and they can be read once only; give a function that opens them anew, so that what came and what went can be told.`;
    throw new WrongUseError({ problem });
  }
  const { found, judged } = await judgeItems(
    { store: execution.deps.store, runId: execution.subject.run.id },
    of,
    execution.drift.terms,
  );
  if (judged !== null) execution.drift.carryOut(judged);
  const verdict = judged?.verdict ?? "same";
  if (verdict === "refuse") return null;
  const isRedo = verdict === "redo";
  await placeAt(execution, stage, found.positions, { isGoneKept: !isRedo });
  if (verdict === "reuse") await leaveNewOnesOut(execution, of, found);
  return { isKeepingLeftOut: !isRedo, absentCount: isRedo ? 0 : found.absentCount };
}

/** Where results and keys are looked up. */
export interface Reading {
  readonly store: Pick<Store, "findItems" | "findLeftOut" | "listItems">;
  readonly runId: RunId;
}

/** What came and what went, and what is said to it; null where nothing of that needs anybody's word. */
export async function judgeItems(
  reading: Reading,
  of: OtherItems,
  terms: Terms,
): Promise<{ readonly found: Comparison; readonly judged: JudgedDrift | null }> {
  const { stage, state } = of;
  const isRedoing = terms.accept === "redo";
  const found = await compare(reading, of, isRedoing);
  const { came, went, absentCount } = found;
  const isSame = came.count === 0 && went.count === absentCount && absentCount === state.absentCount;
  if (isSame && !(isRedoing && absentCount > 0)) return { found, judged: null };
  const drift = { what: "items" as const, stage, ...wordOf(found), came: came.counted, went: went.counted };
  return { found, judged: judgeDrift(drift, terms) };
}

class Tally {
  count = 0;
  private readonly first: string[] = [];

  add(keys: readonly string[]): void {
    this.count += keys.length;
    this.first.push(...keys.slice(0, FIRST_KEYS_MAX - this.first.length));
  }

  get counted(): KeyCount {
    return { count: this.count, first: this.first };
  }
}

export interface Comparison {
  readonly positions: SeenKeys;
  readonly came: Tally;
  readonly went: Tally;
  /** Results whose items are gone. */
  readonly absentCount: number;
  /** Unknown items before this position came; later ones may be those that were never reached. */
  readonly cameBefore: number;
}

/** Some 30 bytes an item, for as long as this takes. */
async function compare(reading: Reading, of: OtherItems, isCountingLeftOut: boolean): Promise<Comparison> {
  const { stage, state, known } = of;
  const { store, runId } = reading;
  const positions = new SeenKeys();
  const came = new Tally();
  const went = new Tally();
  const taken = new Set(known.flatMap(({ keys }) => keys));
  let cameBefore = 0;
  let length = 0;
  // Unknown since the last known one: they came if a known one follows.
  let pending = new Tally();
  for await (const page of pagesOf(of)) {
    const unknown = new Set(await unknownOf(reading, of, page, taken, isCountingLeftOut));
    for (const item of page) {
      const first = positions.add(item.key, item.index + 1);
      if (first !== null) throw keyTakenTwice(stage, item, first - 1);
      length = item.index + 1;
      if (unknown.has(item.key)) {
        pending.add([item.key]);
        continue;
      }
      cameBefore = length;
      came.count += pending.count - pending.counted.first.length;
      came.add(pending.counted.first);
      pending = new Tally();
    }
  }
  // Everything that there was had been taken: nothing was left to be reached.
  const last = known.at(-1);
  const isWhole = last !== undefined && (last.keys.length < SOURCE_PAGE_COUNT || hasTakenAll(last, state));
  if (isWhole) {
    cameBefore = length;
    came.count += pending.count - pending.counted.first.length;
    came.add(pending.counted.first);
  }
  let absentCount = 0;
  for (let after: string | undefined; ; ) {
    const page = await store.listItems(runId, stage, { after, limit: PAGE_COUNT });
    const gone = page.filter(({ key }) => !positions.has(key)).map(({ key }) => key);
    absentCount += gone.length;
    went.add(gone);
    for (const { key } of page) taken.delete(key);
    const end = page.at(-1);
    if (end === undefined || page.length < PAGE_COUNT) break;
    after = end.key;
  }
  // Taken, without a result, and gone.
  went.add([...taken].filter((key) => !positions.has(key) && !isErasedWord(key)));
  return { positions, came, went, absentCount, cameBefore };
}

/** A page that is not full was the last; else the total tells, where it is known. */
const hasTakenAll = ({ index, keys }: ItemPage, { total, absentCount, leftOutCount }: MapState) =>
  total !== null && index + keys.length >= total - absentCount + leftOutCount;

const pagesOf = ({ source, signal }: OtherItems) => source.pages(0, signal, () => {});

/** The keys of a page that have no result, were not taken before, and are not left out already. */
async function unknownOf(
  { store, runId }: Reading,
  { stage, state }: OtherItems,
  page: readonly SourceItem[],
  taken: ReadonlySet<string>,
  isCountingLeftOut: boolean,
): Promise<readonly string[]> {
  const keys = page.map(({ key }) => key);
  const done = new Set((await store.findItems(runId, stage, keys)).map(({ key }) => key));
  // An erased item is no news, wherever it stands.
  const unknown = keys.filter((key) => !done.has(key) && !taken.has(key) && !isErasedWord(key));
  if (isCountingLeftOut || state.leftOutCount === 0) {
    if (!isCountingLeftOut || state.leftOutCount === 0) return unknown;
    // Left out before and called now: they came as well.
    const leftOut = new Set(await store.findLeftOut(runId, stage, keys));
    return keys.filter((key) => !done.has(key) && (!taken.has(key) || leftOut.has(key)));
  }
  const leftOut = new Set(await store.findLeftOut(runId, stage, unknown));
  return unknown.filter((key) => !leftOut.has(key));
}

async function leaveNewOnesOut(execution: Execution, of: OtherItems, { cameBefore }: Comparison): Promise<void> {
  const {
    deps,
    subject: { fence, run },
  } = execution;
  const reading = { store: deps.store, runId: run.id };
  const taken = new Set(of.known.flatMap(({ keys }) => keys));
  for await (const page of pagesOf(of)) {
    const before = page.filter(({ index }) => index < cameBefore);
    const keys = await unknownOf(reading, of, before, taken, false);
    if (keys.length > 0 && !execution.writer.accepts(await deps.store.leaveOut(fence, of.stage, keys))) {
      throw new Interrupted("leaseLost", 0);
    }
    if (before.length < page.length) return;
  }
}

function wordOf({ came, went }: Comparison): { readonly was: string; readonly now: string } {
  const word = ({ count, first }: KeyCount, what: string) => {
    const more = count > first.length ? `, and ${count - first.length} more` : "";
    return count === 0 ? [] : [`${count} ${what} (${first.map((key) => JSON.stringify(key)).join(", ")}${more})`];
  };
  return { was: "as they were taken", now: [...word(came.counted, "came"), ...word(went.counted, "went")].join(", ") };
}
