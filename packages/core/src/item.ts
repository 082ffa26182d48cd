/**
 * Items of a durable map: one result per (run, stage, key), with a record of every attempt and an intent before each
 * call.
 *
 * Only a later attempt replaces a result. The engine makes one if the result is an `error`, is stale, or its key was
 * listed by a person. Results of earlier generations are not used.
 */
import type { RecordedError } from "./errors/recorded.js";
import type { RunId } from "./ids.js";
import type { ModelCost } from "./model-cost.js";
import type { Cost } from "./money.js";

/** Outcome of an item's attempts so far: a resume may turn `error` into `ok`. */
export type ItemOutcome = "ok" | "error";

/** State of one map stage of a run: created when the map starts, updated by its commits. */
export interface MapState {
  readonly stage: string;
  readonly generation: number;
  /** SHA-256 of the canonical JSON of `config`. A result made under a different config is stale. */
  readonly configHash: string;
  readonly configJson: string | null;
  /** Source of the items: a dataset's content hash, or "iterable". */
  readonly sourceDigest: string;
  /** Null while unknown. */
  readonly total: number | null;
  readonly okCount: number;
  readonly errorCount: number;
  readonly cost: Cost;
  /** The part of `cost` whose calls named their model, by model. */
  readonly models: readonly ModelCost[];
  /** Nano-dollars reserved by calls in progress at the newest commit. */
  readonly reservedNanos: number;
  /** Budget of the map in nano-dollars, as the newest opening declared or raised it. Null without one. */
  readonly budgetNanos: number | null;
  /** Every item before this position has a result, so a resume starts here. */
  readonly lowWater: number;
  /** Number of intents recorded so far, which is the next one's `n`. */
  readonly intentCount: number;
  /** Every intent before this one is settled: its item has a result, or its call was never made. */
  readonly intentLow: number;
  /** Items of an iterable that are not called, because they were new when a resume accepted the results without them. */
  readonly leftOutCount: number;
  /** Results kept by such a resume although the iterable no longer has their items. */
  readonly absentCount: number;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

/** A page of keys that a map took from an iterable, in its order. */
export interface ItemPage {
  /** Position of the first key. */
  readonly index: number;
  /** Digest of all keys before the page. */
  readonly before: string;
  readonly keys: readonly string[];
}

/** Intent: an attempt about to be made, written before its call. */
export interface ItemIntent {
  /** Counts the map's intents from 0, over all resumes of the generation. */
  readonly n: number;
  readonly index: number;
  readonly key: string;
  readonly attempt: number;
}

/** Intent as it is read, with the time of the commit that recorded it. */
export interface OpenIntent extends ItemIntent {
  readonly startedAt: number;
}

/** A failed attempt that another one will follow. */
export interface ItemAttemptFailure {
  readonly key: string;
  readonly attempt: number;
  readonly category: string;
  readonly errorJson: string;
  readonly cost: Cost;
  /** The part of `cost` whose calls named their model, by model. Default: none. */
  readonly models?: readonly ModelCost[] | undefined;
}

/** A result to record. */
export interface ItemResultWrite {
  readonly index: number;
  readonly key: string;
  readonly attempt: number;
  readonly outcome: ItemOutcome;
  /** Text shown beside the key. Default: none. */
  readonly label?: string | null | undefined;
  /** Output as JSON text; null for an error, and if undefined was returned. */
  readonly outputJson: string | null;
  readonly errorJson: string | null;
  readonly category: string | null;
  /** Hash of the row from which the result was made; null if the items are not rows. */
  readonly itemSha256: string | null;
  /** Duration of the deciding attempt, in milliseconds. */
  readonly ms: number;
  /** Cost of this attempt only. The store adds the cost of earlier ones. */
  readonly cost: Cost;
  /** The part of `cost` whose calls named their model, by model. Default: none. */
  readonly models?: readonly ModelCost[] | undefined;
  readonly usageJson: string | null;
}

/** One item's result, as a row. Instants are milliseconds UTC, of the deciding attempt. */
export interface ItemRecord {
  readonly index: number;
  readonly key: string;
  readonly outcome: ItemOutcome;
  readonly label: string | null;
  readonly outputJson: string | null;
  readonly error: RecordedError | null;
  /** Error of the first attempt, if a later one made this result; otherwise null. Interrupted attempts have no error. */
  readonly firstError: RecordedError | null;
  readonly category: string | null;
  readonly configHash: string;
  readonly itemSha256: string | null;
  /** Attempts at this item over all resumes of the generation, including interrupted ones. */
  readonly attempts: number;
  readonly cost: Cost;
  readonly usageJson: string | null;
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** Selects results: all, or those with an outcome, a category, a cause or a different config. */
export interface ItemQuery {
  readonly outcome?: ItemOutcome | undefined;
  readonly category?: string | undefined;
  /** Fingerprint of a cause: only failures of this cause. */
  readonly cause?: string | undefined;
  /** Only results made under a config with a different hash. */
  readonly staleTo?: string | undefined;
  /** Only keys after this one, in key order. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** State of one item's result without its contents, for displays of many items. */
export interface ItemState {
  readonly key: string;
  readonly index: number;
  readonly outcome: ItemOutcome;
  /** When its attempt began. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** A paid answer that arrived after its lease was lost. Saved without a fence and adopted by the run's next holder. */
export interface PaidResult {
  readonly runId: RunId;
  readonly stage: string;
  readonly key: string;
  readonly configHash: string;
  readonly itemSha256: string | null;
  readonly outputJson: string | null;
  readonly cost: Cost;
  readonly usageJson: string | null;
}
