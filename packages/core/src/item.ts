/**
 * Items of a durable map: one result for each (run, stage, key), every attempt kept, intents before calls.
 *
 * A result is replaced only by a later attempt: the engine makes one where the result is an `error`, is stale, or a person
 * listed its key. A result of an earlier generation does not answer.
 */
import type { RecordedError } from "./errors/recorded.js";
import type { RunId } from "./ids.js";
import type { Cost } from "./money.js";

/** How an item's attempt ended for good, so far: an `error` may become `ok` on a resume. */
export type ItemOutcome = "ok" | "error";

/** What one map stage of a run is: made when it starts, moved by its commits. */
export interface MapState {
  readonly stage: string;
  readonly generation: number;
  /** SHA-256 of the canonical JSON of `config`: a result made under another is stale. */
  readonly configHash: string;
  readonly configJson: string | null;
  /** What the items come from: a dataset's content hash, or "iterable". */
  readonly sourceDigest: string;
  /** Null while unknown. */
  readonly total: number | null;
  readonly okCount: number;
  readonly errorCount: number;
  readonly cost: Cost;
  /** Nano-dollars reserved by calls that were under way at the newest commit. */
  readonly reservedNanos: number;
  /** Every item before this position has a result: where a resume begins to look. */
  readonly lowWater: number;
  /** Intents recorded so far; the next one's `n`. */
  readonly intentCount: number;
  /** Every intent before this one was settled: its item has a result, or its call was never made. */
  readonly intentLow: number;
  /** Items of an iterable that are not called: a resume took the results as they were though these had come since. */
  readonly leftOutCount: number;
  /** Results whose items the iterable has no more, kept by such a resume. */
  readonly absentCount: number;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

/** Keys that a map took from an iterable, in its order. */
export interface ItemPage {
  /** Position of the first. */
  readonly index: number;
  /** Digest of all keys before it. */
  readonly before: string;
  readonly keys: readonly string[];
}

/** An attempt about to be made: written before its call. */
export interface ItemIntent {
  /** Counts the map's intents from 0, over all resumes of the generation. */
  readonly n: number;
  readonly index: number;
  readonly key: string;
  readonly attempt: number;
}

/** An attempt that failed and will be followed by another. */
export interface ItemAttemptFailure {
  readonly key: string;
  readonly attempt: number;
  readonly category: string;
  readonly errorJson: string;
  readonly cost: Cost;
}

/** A result to be recorded. */
export interface ItemResultWrite {
  readonly index: number;
  readonly key: string;
  readonly attempt: number;
  readonly outcome: ItemOutcome;
  /** What people read beside the key. Left out: nothing. */
  readonly label?: string | null | undefined;
  /** JSON text; null where undefined was returned, or for an error. */
  readonly outputJson: string | null;
  readonly errorJson: string | null;
  readonly category: string | null;
  /** The hash of the row the result was made of; null for items that are not rows. */
  readonly itemSha256: string | null;
  /** Milliseconds from the start of the attempt that gave it to its end. */
  readonly ms: number;
  /** Of this attempt alone; the store adds up what the earlier ones cost. */
  readonly cost: Cost;
  readonly usageJson: string | null;
}

/** One item's result, as a row. Instants are milliseconds UTC, of the attempt that gave it. */
export interface ItemRecord {
  readonly index: number;
  readonly key: string;
  readonly outcome: ItemOutcome;
  readonly label: string | null;
  readonly outputJson: string | null;
  readonly error: RecordedError | null;
  /** Of the attempts that made this result; null where its first attempt gave it. Interrupted attempts have no error. */
  readonly firstError: RecordedError | null;
  readonly category: string | null;
  readonly configHash: string;
  readonly itemSha256: string | null;
  /** Of this item over all resumes of the generation, interrupted ones included. */
  readonly attempts: number;
  readonly cost: Cost;
  readonly usageJson: string | null;
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** Which results: all, or those of an outcome, a category, another config. */
export interface ItemQuery {
  readonly outcome?: ItemOutcome | undefined;
  readonly category?: string | undefined;
  /** Only results made under another config than this hash. */
  readonly staleTo?: string | undefined;
  /** After this key, in the order of keys. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** One item's result without what it holds: for pictures of many. */
export interface ItemState {
  readonly key: string;
  readonly index: number;
  readonly outcome: ItemOutcome;
  readonly finishedAt: number;
}

/** A paid answer that came after its lease was lost: kept without a fence, adopted by the next owner. */
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
