/**
 * How many items a resume would take up in a map that runs, counted before it is done by the very selection that would do
 * it. Nothing is written, no item's function is called; a source that could not be read twice is not read at all.
 */
import type { ItemIntent, ItemRecord, MapState, RunRecord, Store } from "@holdfast/core";
import { requireVersion } from "../dataset/erased.js";
import type { StageSignal } from "../workflow/interrupted.js";
import type { MapDecision, MapIdentity } from "./decide-map.js";
import { findAdoptable, splitReusable } from "./paid-before.js";
import { type MapResults, type Pass, recordsToRedo, selectMissing } from "./selection.js";
import type { MapSource } from "./source.js";

export interface ItemCount {
  /** Items that get a new result; null where nobody can tell before the source is read. */
  readonly items: number | null;
  /** Those of them whose function is called: the others were paid for before. */
  readonly calls: number | null;
  /** Results that are there now and stay. */
  readonly keep: number;
  /** Afterwards, where every item succeeds; null where nobody can tell. */
  readonly after: { readonly missing: number; readonly errors: number; readonly total: number } | null;
}

export interface CountRequest {
  readonly store: Store;
  readonly run: RunRecord;
  readonly map: MapIdentity & { readonly source: MapSource };
  /** Under these hashes results of a run that this one was forked from are taken over. */
  readonly configHashes: readonly string[];
  readonly state: MapState | null;
  readonly openIntents: readonly ItemIntent[];
  readonly decision: MapDecision;
  /** Nothing was ever executed of this run: a forked one takes over what its origin has. */
  readonly isFirstExecution: boolean;
}

/** A plan is not interrupted: it ends with the process that asked for it. */
const NEVER = new AbortController().signal as StageSignal;
const PAGE_COUNT = 500;

export async function countItems(request: CountRequest): Promise<ItemCount> {
  return new Counting(request).count();
}

/** An item that is taken up: whether it has a result now, whether that is an error, whether its function is called. */
interface Taken {
  readonly hasResult: boolean;
  readonly isError: boolean;
  isCalled: boolean;
}

class Counting {
  /** Adopted answers, and results made again. */
  private readonly taken = new Map<string, Taken>();
  /** Items without a result: so many are called, so many are taken over from the run that this one was forked from. */
  private added = { called: 0, reused: 0 };
  private readonly gone = { results: 0, errors: 0 };
  private total: number | null;
  private readonly done: number;
  private readonly results: MapResults;

  constructor(private readonly request: CountRequest) {
    const { store, run, map, state, decision } = request;
    this.total = state === null || decision.isSourceChanged ? map.source.total : map.source.totalFrom(state);
    this.done = state === null ? 0 : state.okCount + state.errorCount;
    const configHash = decision.isReusing ? null : map.configHash;
    this.results = { store, runId: run.id, stage: map.stage, configHash };
  }

  async count(): Promise<ItemCount> {
    const { map, decision } = this.request;
    await this.addAdopted();
    const { isSourceChanged } = decision;
    const places =
      map.source.isReadable && (isSourceChanged || !map.source.isFixed) ? await placesIn(map.source) : null;
    // Under another source results are found by their keys, and those whose item is gone leave the map.
    if (isSourceChanged && places !== null) await this.countGone(places);
    // Else what is done again is found by its position: a list may have become shorter, or have another item there.
    const isThere = ({ key, index }: ItemRecord) =>
      places === null || (isSourceChanged ? places.has(key) : places.get(key) === index);
    for (const pass of decision.passes) {
      if (pass !== null) {
        for await (const page of recordsToRedo(this.results, pass)) this.addRedone(page.filter(isThere), pass);
      }
      if (pass !== null && pass.kind !== "keys") continue;
      if (!map.source.isReadable) return { items: null, calls: null, keep: this.keep, after: null };
      await this.addMissing(pass === null ? null : new Set(pass.keys));
    }
    return this.sum();
  }

  private async addAdopted(): Promise<void> {
    const { store, run, map, openIntents } = this.request;
    const keys = (await findAdoptable(store, run.id, map, openIntents)).map(({ key }) => key);
    const found = new Set((await store.findItems(run.id, map.stage, keys)).map(({ key }) => key));
    for (const key of keys)
      this.taken.set(key, { hasResult: found.has(key), isError: found.has(key), isCalled: false });
  }

  private addRedone(page: readonly ItemRecord[], pass: Pass): void {
    for (const { key, outcome } of page) {
      const known = this.taken.get(key);
      // An answer that is adopted is a good result by then: only a list that names it has it called again.
      if (known !== undefined) known.isCalled ||= pass.kind === "keys";
      else this.taken.set(key, { hasResult: true, isError: outcome === "error", isCalled: true });
    }
  }

  private async addMissing(listed: ReadonlySet<string> | null): Promise<void> {
    const { run, map, state, decision, isFirstExecution } = this.request;
    const { source } = map;
    const adoptedNew = this.countTaken(({ hasResult }) => !hasResult);
    const isFresh = this.done + adoptedNew === 0;
    const origin = isFresh && isFirstExecution ? run.forkedFrom : null;
    const isWhole =
      source.dataset === null || (await requireVersion(this.request.store, source.dataset)).erasedCount === 0;
    const isPlain = source.isDense && isWhole && listed === null && !decision.isRedoing && !decision.isSourceChanged;
    if (isPlain && origin === null && this.total !== null) {
      this.added.called += Math.max(0, this.total - this.done - adoptedNew);
      return;
    }
    const from = decision.isSourceChanged ? 0 : (state?.lowWater ?? 0);
    const before = { ...this.added };
    await this.walk(from, { listed, isFresh, origin, isCountingHoles: true });
    // A mark beyond items without a result, as earlier versions left some: then they are looked for from the start.
    if (from === 0 || (this.sum().after?.missing ?? 0) === 0) return;
    this.added = before;
    await this.walk(0, { listed, isFresh, origin, isCountingHoles: false });
  }

  private async walk(
    from: number,
    how: {
      readonly listed: ReadonlySet<string> | null;
      readonly isFresh: boolean;
      readonly origin: RunRecord["forkedFrom"];
      readonly isCountingHoles: boolean;
    },
  ): Promise<void> {
    const { store, run, map, configHashes, decision } = this.request;
    const { listed, isFresh, origin, isCountingHoles } = how;
    const pages = selectMissing({
      store,
      runId: run.id,
      stage: map.stage,
      source: map.source,
      from,
      isRedoingChanged: decision.isRedoing,
      isFresh,
      signal: NEVER,
      onDone: () => {},
      onHole: () => {
        if (isCountingHoles && this.total !== null) this.total--;
      },
      onTotal: (total) => {
        this.total = total;
      },
    });
    for await (const page of pages) {
      const asked = listed === null ? page : page.filter(({ item }) => listed.has(item.key));
      const { open, reused } =
        origin === null
          ? { open: asked, reused: [] }
          : await splitReusable(store, origin.runId, { stage: map.stage, configHashes }, asked);
      this.added.reused += reused.length;
      for (const { item, previous } of open) {
        if (this.taken.has(item.key)) continue;
        if (previous === null) this.added.called++;
        else this.taken.set(item.key, { hasResult: true, isError: previous.outcome === "error", isCalled: true });
      }
    }
  }

  private async countGone(places: ReadonlyMap<string, number>): Promise<void> {
    const { store, run, map } = this.request;
    for (let after: string | undefined; ; ) {
      const page = await store.listItems(run.id, map.stage, { after, limit: PAGE_COUNT });
      for (const { key, outcome } of page) {
        if (places.has(key)) continue;
        this.gone.results++;
        if (outcome === "error") this.gone.errors++;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_COUNT) return;
      after = last.key;
    }
  }

  private sum(): ItemCount {
    const { total, added, gone } = this;
    const filled = added.called + added.reused + this.countTaken(({ hasResult }) => !hasResult);
    const after =
      total === null
        ? null
        : {
            total,
            missing: Math.max(0, total - (this.done - gone.results) - filled),
            errors: (this.request.state?.errorCount ?? 0) - gone.errors - this.countTaken(({ isError }) => isError),
          };
    const calls = added.called + this.countTaken(({ isCalled }) => isCalled);
    return { items: added.called + added.reused + this.taken.size, calls, keep: this.keep, after };
  }

  private get keep(): number {
    return this.done - this.gone.results - this.countTaken(({ hasResult }) => hasResult);
  }

  private countTaken(is: (taken: Taken) => boolean): number {
    let count = 0;
    for (const taken of this.taken.values()) if (is(taken)) count++;
    return count;
  }
}

async function placesIn(source: MapSource): Promise<ReadonlyMap<string, number>> {
  const places = new Map<string, number>();
  for await (const page of source.pages(0, NEVER, () => {})) for (const { key, index } of page) places.set(key, index);
  return places;
}
