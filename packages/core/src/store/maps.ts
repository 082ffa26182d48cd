/** Durable maps in the Store contract (`store.ts`): the contents of a commit, and how maps are read. */
import type { RunEventInput } from "../event.js";
import type { RunId } from "../ids.js";
import type {
  ItemAttemptFailure,
  ItemIntent,
  ItemPage,
  ItemQuery,
  ItemRecord,
  ItemResultWrite,
  ItemState,
  MapState,
  OpenIntent,
  PaidResult,
} from "../item.js";
import type { Fence } from "../lease.js";
import type { ProgressWrite } from "../progress.js";
import type { WriteOutcome } from "./writes.js";

/** One commit of a map, written in one transaction. Each list is in order. */
export interface MapCommit {
  readonly stage: string;
  /** Attempts about to be made, written before their calls. A commit with intents only is soft. */
  readonly intents: readonly ItemIntent[];
  readonly failures: readonly ItemAttemptFailure[];
  readonly results: readonly ItemResultWrite[];
  /** Every item before this position has a result once the commit is written. */
  readonly lowWater: number;
  /** Every intent before this one is settled once the commit is written. */
  readonly intentLow: number;
  /**
   * Number of items in the source, once known. Ignored, like the mark, if this commit's mark is behind the stored one.
   */
  readonly total: number | null;
  /**
   * Pages of an iterable from which items are taken. The store keeps the pages from the mark on, and the one just
   * before it. A page replaces one that began at the same position.
   */
  readonly pages?: readonly ItemPage[] | undefined;
  /**
   * Nano-dollars that are spent, may be spent, or are reserved by calls in progress. The store records the part that
   * exceeds the recorded cost (this commit's included) as reserved. The reservation is therefore right whichever of the
   * commits in progress are written.
   */
  readonly committedNanos: number;
  readonly progress: ProgressWrite;
  /** At most one `map.committed` a second and one with the last result, and events such as `budget.reached`. */
  readonly events: readonly RunEventInput[];
}

/** Durable maps: intents, results, and answers paid for after their lease was lost. */
export interface ItemStore {
  /**
   * Strict, fenced. Opens the map of this stage in the run's generation. The first call creates it; later calls return
   * its current state.
   *
   * If the config hash differs from the recorded one, the recorded state is returned. With `adoptConfig`, the new
   * config and source replace the recorded ones, and results under the old config become stale. A different source
   * starts at position 0 with its own total, since positions belong to a source.
   */
  openMap(
    fence: Fence,
    map: {
      readonly stage: string;
      readonly configHash: string;
      readonly configJson: string | null;
      readonly sourceDigest: string;
      readonly total: number | null;
      readonly adoptConfig: boolean;
      /** Recorded at each opening. Null: the map has no budget. Left out: the recorded budget stays. */
      readonly budgetNanos?: number | null | undefined;
      /**
       * With `adoptConfig`: the iterable yields different items. The map starts at position 0, its pages are dropped,
       * and so is the list of left-out items unless `isKeepingLeftOut`.
       */
      readonly adoptItems?: { readonly isKeepingLeftOut: boolean; readonly absentCount: number } | undefined;
    },
  ): Promise<{ readonly kind: "opened"; readonly state: MapState } | Exclude<WriteOutcome, { kind: "written" }>>;
  /** Fenced. Strict if it holds results or failures; soft if it holds intents only. */
  commitMap(fence: Fence, commit: MapCommit): Promise<WriteOutcome>;
  /**
   * Strict, fenced. Moves results to their items' positions in a new source. A null position means that the item is no
   * longer there: its result and its failures leave the map and its counters, while their cost remains spent. Keys
   * without a result are skipped.
   */
  placeItems(
    fence: Fence,
    stage: string,
    places: readonly { readonly key: string; readonly index: number | null }[],
  ): Promise<WriteOutcome>;
  /**
   * Strict, fenced. Leaves items with these keys out of the map until other items are adopted. Skips keys already left
   * out.
   */
  leaveOut(fence: Fence, stage: string, keys: readonly string[]): Promise<WriteOutcome>;
  /** Returns those of these keys that are left out. */
  findLeftOut(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly string[]>;
  /** The stored pages, in order. */
  listItemPages(runId: RunId, stage: string): Promise<readonly ItemPage[]>;
  /** Strict, fenced. Marks the map as ended. Opening it again reopens it. */
  finishMap(fence: Fence, stage: string): Promise<WriteOutcome>;
  getMap(runId: RunId, stage: string): Promise<MapState | null>;
  listMaps(runId: RunId): Promise<readonly MapState[]>;
  /** Results of these keys in the current generation. Keys without a result are missing from the answer. */
  findItems(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly ItemRecord[]>;
  /** Results in key order, up to `limit`. */
  listItems(runId: RunId, stage: string, query: ItemQuery): Promise<readonly ItemRecord[]>;
  /** The same without the results' contents, in key order after `after`, up to `limit`. */
  listItemStates(
    runId: RunId,
    stage: string,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly ItemState[]>;
  /** Number of failed results in each category. */
  countErrors(runId: RunId, stage: string): Promise<Readonly<Record<string, number>>>;
  /** Intents with neither a result nor a failure: calls in progress when a worker died, which may have been charged. */
  listOpenIntents(runId: RunId, stage: string): Promise<readonly OpenIntent[]>;
  /**
   * Highest attempt number of these keys' unsettled intents and failures, in the current generation. Keys with neither
   * are missing from the answer. A result carries its own attempt number.
   */
  findAttempts(runId: RunId, stage: string, keys: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Failed attempts of an item, oldest first. The attempt that succeeded is part of the result. */
  listItemFailures(
    runId: RunId,
    stage: string,
    key: string,
  ): Promise<readonly (ItemAttemptFailure & { readonly finishedAt: number })[]>;
  /** Strict, not fenced, since money was spent. Saves an answer until a commit adopts it. */
  savePaid(paid: PaidResult): Promise<void>;
  /** Answers paid for late in this stage under this config. A commit of the same key removes them. */
  listPaid(runId: RunId, stage: string, configHash: string): Promise<readonly PaidResult[]>;
}
