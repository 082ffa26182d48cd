/**
 * Durable maps in the Store contract (`store.ts`): what one commit holds, and what is read back.
 */
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
  PaidResult,
} from "../item.js";
import type { Fence } from "../lease.js";
import type { ProgressWrite } from "../progress.js";
import type { WriteOutcome } from "./writes.js";

/** One commit of a map: everything in one transaction, each list in order. */
export interface MapCommit {
  readonly stage: string;
  /** Written before the calls they announce; the commit that holds only intents is soft. */
  readonly intents: readonly ItemIntent[];
  readonly failures: readonly ItemAttemptFailure[];
  readonly results: readonly ItemResultWrite[];
  /** Every item before this position has a result once this commit is written. */
  readonly lowWater: number;
  /** Every intent before this one is settled once this commit is written. */
  readonly intentLow: number;
  /** Items in the source, once known. It goes with the mark: that of a commit whose mark lies behind is not taken. */
  readonly total: number | null;
  /**
   * Pages of an iterable from which items are taken. The store keeps those from the mark on, and the one before the mark's
   * position; a page replaces one that began at the same place.
   */
  readonly pages?: readonly ItemPage[] | undefined;
  /**
   * Nano-dollars that are spent, may have been spent, or are reserved by calls under way. What of it is not the recorded cost,
   * this commit's included, is recorded as reserved: so it is right whichever of the commits under way are written.
   */
  readonly committedNanos: number;
  readonly progress: ProgressWrite;
  /** At most one `map.committed` a second, and events such as `budget.reached`. */
  readonly events: readonly RunEventInput[];
}

/** Durable maps: intents, results, what was paid late. */
export interface ItemStore {
  /**
   * Strict, fenced. The map of this stage in the run's generation: made at the first call, answered as it stands later.
   * A config hash that differs from the recorded one is answered with the recorded state; `adoptConfig` replaces it,
   * which makes the results under the old one stale. It replaces the source too; another source starts at position 0
   * with its own total, since positions are of the source.
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
      /**
       * With `adoptConfig`: the iterable has other items. It starts at position 0; its pages are forgotten, and what was left
       * out is, unless it is kept.
       */
      readonly adoptItems?: { readonly isKeepingLeftOut: boolean; readonly absentCount: number } | undefined;
    },
  ): Promise<{ readonly kind: "opened"; readonly state: MapState } | Exclude<WriteOutcome, { kind: "written" }>>;
  /** Fenced; strict when it holds results or failures, soft when it holds intents alone. */
  commitMap(fence: Fence, commit: MapCommit): Promise<WriteOutcome>;
  /**
   * Strict, fenced. Results take the positions that their items have in another source; with a null position their item is
   * there no more: they leave the map and its counters, their failures with them. What they cost stays spent. Keys without
   * a result are skipped.
   */
  placeItems(
    fence: Fence,
    stage: string,
    places: readonly { readonly key: string; readonly index: number | null }[],
  ): Promise<WriteOutcome>;
  /** Strict, fenced. Items with these keys are left out of the map, until other items are adopted. Keys left out before are skipped. */
  leaveOut(fence: Fence, stage: string, keys: readonly string[]): Promise<WriteOutcome>;
  /** Those of these keys that are left out. */
  findLeftOut(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly string[]>;
  /** The pages that are kept, in order. */
  listItemPages(runId: RunId, stage: string): Promise<readonly ItemPage[]>;
  /** Strict, fenced. The map has ended; opening it again reopens it. */
  finishMap(fence: Fence, stage: string): Promise<WriteOutcome>;
  getMap(runId: RunId, stage: string): Promise<MapState | null>;
  listMaps(runId: RunId): Promise<readonly MapState[]>;
  /** The results of these keys in the current generation; keys without one are missing in the answer. */
  findItems(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly ItemRecord[]>;
  /** In the order of keys, `limit` at a time. */
  listItems(runId: RunId, stage: string, query: ItemQuery): Promise<readonly ItemRecord[]>;
  /** The same without what they hold, in the order of keys after `after`, `limit` at a time. */
  listItemStates(
    runId: RunId,
    stage: string,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly ItemState[]>;
  /** Failed results by category. */
  countErrors(runId: RunId, stage: string): Promise<Readonly<Record<string, number>>>;
  /** Intents that have neither a result nor a failure: calls that were under way when a worker died, and may be charged. */
  listOpenIntents(runId: RunId, stage: string): Promise<readonly ItemIntent[]>;
  /**
   * The newest attempt numbers that intents not settled yet and failures hold for these keys, in the current generation;
   * keys with neither are missing in the answer. A result's own attempt is in the result.
   */
  findAttempts(runId: RunId, stage: string, keys: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The failed attempts at an item, oldest first; the one that gave its result is in the result. */
  listItemFailures(
    runId: RunId,
    stage: string,
    key: string,
  ): Promise<readonly (ItemAttemptFailure & { readonly finishedAt: number })[]>;
  /** Strict, not fenced: money was spent. Kept until adopted. */
  savePaid(paid: PaidResult): Promise<void>;
  /** What was paid for late in this stage under this config; a commit of the same key removes it. */
  listPaid(runId: RunId, stage: string, configHash: string): Promise<readonly PaidResult[]>;
}
