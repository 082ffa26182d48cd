/**
 * What user code sees: the run's context, the stage's context, and their options. Functions are properties, so that
 * destructuring is safe; names are contravariant, so that helpers ask only for the stages they use.
 */
import type { Backoff, CallRate, RecordedError, Verdict } from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import type { StageSignal } from "./interrupted.js";
import type { Json } from "./json-types.js";
import type { ArtifactRef, DatasetRef, MapRef } from "./refs.js";

/** Files of one attempt. Each is written to a temporary name, synced and renamed, then recorded with its SHA-256. */
export interface Artifacts {
  readonly write: (name: string, data: string | Uint8Array) => Promise<ArtifactRef>;
  readonly writeJson: <T extends Json<T>>(name: string, value: T) => Promise<ArtifactRef<T>>;
  readonly writeStream: (name: string, source: AsyncIterable<string | Uint8Array>) => Promise<ArtifactRef>;
  /** For libraries that want a path: write there, the file is then synced, renamed and recorded. */
  readonly writeWith: (name: string, write: (path: string) => Promise<unknown>) => Promise<ArtifactRef>;
  readonly read: (ref: ArtifactRef) => Promise<Uint8Array>;
  readonly readJson: <T>(ref: ArtifactRef<T>) => Promise<T>;
  /** Where to write it oneself; hashed and recorded when the attempt completes. */
  readonly path: (name: string) => string;
  /** A local copy to read, wherever the artifact store is. */
  readonly locate: (ref: ArtifactRef) => Promise<string>;
}

export interface IngestOptions<Row> {
  /** The column that identifies a row; several make a composite key, joined by ":", with `:` and `\` in its parts as `\:` and `\\`. */
  readonly key: (keyof Row & string) | readonly (keyof Row & string)[];
  readonly schema: Schema<unknown, Row>;
  /** Default "fail": bad rows refuse the whole file; the error names the first 20 by their numbers, and how many there are. */
  readonly onBadRow?: "fail" | "skip" | undefined;
  /** The sheet of a workbook; the first visible one when left out. */
  readonly sheet?: string | undefined;
}

export interface Datasets {
  /**
   * Read a file once; a second run on the same file reads the database only. The stage depends on the dataset from here on: a
   * resume after a change of the file is refused until the change is accepted.
   * @throws {SourceUnreadableError} SOURCE_UNREADABLE @throws {RowInvalidError} ROW_INVALID @throws {DatasetChangedError} DATASET_CHANGED
   */
  ingest<Row>(name: string, file: string, options: IngestOptions<Row>): Promise<DatasetRef<Row>>;
  /**
   * The newest version of a dataset that was ingested before, each row as the schema gives it. Reads all its rows once. The
   * stage depends on it, as after `ingest`.
   * @throws {DatasetNotFoundError} DATASET_NOT_FOUND
   * @throws {RowInvalidError} ROW_INVALID — for rows that the schema does not take, by their keys.
   */
  open<Row>(name: string, schema: Schema<unknown, Row>): Promise<DatasetRef<Row>>;
}

export interface AttemptContext {
  /** From 1, going on over resumes and restarts. */
  readonly attempt: number;
  /** The same for every attempt at this stage or item in this generation of the run: hand it to the outside world. */
  readonly idempotencyKey: string;
  /** Aborts on pause, cancel, timeout, lost lease and shutdown, with the reason. */
  readonly signal: StageSignal;
  readonly log: (message: string, data?: Record<string, unknown>) => void;
  readonly metric: (name: string, value: number) => void;
  /** One line in the run's `logs/calls.jsonl`: what was asked of the outside, how it ended, what it cost. */
  readonly logCall: (call: Record<string, unknown>) => void;
  /** The rows of a dataset in the order of its file, page by page. What asks for them depends on the dataset. */
  readonly rows: <Row>(ref: DatasetRef<Row>) => AsyncIterable<DatasetEntry<Row>>;
}

/** A row of a dataset as its schema gave it. */
export interface DatasetEntry<Row> {
  /** Position in the dataset, from 0. */
  readonly index: number;
  readonly key: string;
  readonly row: Row;
}

export interface Checkpoint<C> {
  /** What the newest save left, in this attempt or an earlier one; null when there is none or it no longer fits the schema. */
  get(): Promise<C | null>;
  /** Resolves when it would survive a power loss. */
  save(value: C): Promise<void>;
  clear(): Promise<void>;
}

export interface ResultFilter {
  readonly outcome?: "ok" | "error" | undefined;
  readonly category?: string | undefined;
  /** Results after this key, in the order of keys. */
  readonly after?: string | undefined;
}

export interface StageContext<C = unknown> extends AttemptContext {
  readonly checkpoint: Checkpoint<C>;
  readonly artifact: Artifacts;
  readonly dataset: Datasets;
  readonly results: <T>(ref: MapRef<T>, filter?: ResultFilter) => AsyncIterable<ItemResult<T>>;
  readonly progress: (done: number, total?: number, label?: string) => void;
  /** Records a verdict with its score; never throws, answers `passed`. */
  readonly gate: (name: string, passed: boolean, score?: number, threshold?: number) => boolean;
  /** Hold named things (one DuckDB file) while `fn` runs; waits for them, the wait does not count towards the timeout. */
  readonly exclusive: <T>(
    resource: string | readonly string[],
    fn: (hold: { signal: StageSignal; token: number }) => T | Promise<T>,
  ) => Promise<T>;
}

export interface RetryOptions {
  /**
   * Failed attempts before the failure is the outcome. Left out, failures of the outside (server, network, timeout) and those
   * that were asked to be retried have 6, any other has 1. A rate limit uses up none.
   */
  readonly attempts?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly backoff?: Partial<Backoff> | undefined;
  /**
   * What to do about a failure; `undefined` leaves it to the error. It must answer at once (no async) and within its type,
   * which is checked: any other answer fails the attempt for good (DECISION_INVALID).
   */
  readonly classify?: ((error: unknown, attempt: number) => Verdict | undefined) | undefined;
}

export interface StageOptions<C = unknown> extends RetryOptions {
  /**
   * Values whose change makes a recorded output stale: JSON, as an output is. A Date, a Map or an instance of a class is
   * refused by its path (NOT_JSON), since a change of it could not be seen; give `date.toISOString()`, `[...map]`.
   */
  readonly inputs?: unknown;
  readonly checkpoint?: Schema<unknown, C> | undefined;
}

/** What a paid call gave: its value, what it cost, and what it used (tokens), kept with the result. */
export interface Paid<T> {
  readonly value: T;
  readonly usd: number;
  readonly usage?: unknown;
}

/** Reserves so many dollars more for a call that turns out to need another request. False: the budget does not allow it. */
export type ReserveMore = (usd: number) => Promise<boolean>;

export interface ItemContext<Cfg> extends AttemptContext {
  readonly key: string;
  readonly config: Cfg;
  /**
   * Reserve before a paid call, settle after it with what it cost. Where the budget has no room for `reserveUsd`, the call waits
   * for those under way, which mostly cost less than they reserved; where that gives no room either, the run pauses.
   */
  readonly spend: <T>(reserveUsd: number, call: (more: ReserveMore) => Promise<Paid<T>>) => Promise<T>;
}

export type Items<I> = AsyncIterable<I> | Iterable<I>;

/**
 * The items of a map that are not rows of a dataset: an iterable, a function that opens one anew for each execution, or
 * `{ from }`, which opens it at the item of that position (from 0). Give a function rather than an iterator, which can be
 * read once only.
 *
 * Keys decide which item is which; no two may be alike (MAP_KEY_INVALID, before the second is called). A resume compares the
 * keys that were taken up with those given now, and so walks past what is done; a `from` is opened at the last page that is
 * not done. Where keys came or went, it is refused with their names until that is accepted: "redo" calls the new ones and
 * lets results of gone ones leave, "reuse" does neither. Items that only stand elsewhere, or follow at the end, need nobody's
 * word. Of a source that was not read to its end, keys behind the last known one count as not reached yet.
 */
export type ItemSource<I> =
  | Items<I>
  | ((open: { readonly signal: StageSignal }) => Items<I>)
  | { readonly from: (position: number, open: { readonly signal: StageSignal }) => Items<I> };
export type ItemFn<I, T, Cfg> = (item: I, context: ItemContext<Cfg>) => T | Promise<T>;

export interface MapOptions<Cfg> extends RetryOptions {
  /** All that a result depends on besides the item, and nothing else. JSON, as an output is: else refused by its path (NOT_JSON). */
  readonly config?: Cfg | undefined;
  readonly concurrency?: number | { readonly min: number; readonly max: number } | undefined;
  /** At most so many calls of items begin in any stretch of time, retries included. Counted anew by each execution. Default: no limit. */
  readonly rate?: CallRate | undefined;
  /** Results are committed every 100, every 250 ms, or on a signal, whichever is first. */
  readonly batch?: { readonly results?: number | undefined; readonly ms?: number | undefined } | undefined;
  readonly budget?: { readonly usd: number } | undefined;
  /** Over this share of errors in the last 200 items the run pauses. */
  readonly maxErrorRate?: number | undefined;
  /** A count, or a share below 1: with more failed items at the end the run fails. Default 0. */
  readonly maxFailed?: number | undefined;
}

/** A dataset row as several items: at most one for each part, with the row's key and the part as `<key>:<part>`. */
export interface Expansion<Row, I> {
  /** Names without spaces and colons, in a fixed order: positions, and so results, depend on it. */
  readonly parts: readonly string[];
  /** The row's item for a part; null where it has none. Pure: it is asked again on every resume. */
  readonly item: (row: Row, part: string) => I | null;
}

export type ItemResult<T> = {
  readonly key: string;
  /** Over all resumes, interrupted ones included. */
  readonly attempts: number;
  /** Of the attempts that made this result; null where the first of them gave it. An interrupted attempt is no failure. */
  readonly firstError: RecordedError | null;
  readonly costUsd: number;
  /** Of the attempt that gave the result, milliseconds UTC. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** What the paid call said it used (tokens); null when it said nothing. */
  readonly usage: unknown;
} & (
  | { readonly outcome: "ok"; readonly output: T }
  | { readonly outcome: "error"; readonly error: RecordedError; readonly category: string }
);

export interface Stages<N extends string> {
  readonly stage: {
    <T extends Json<T>>(name: N, fn: (stage: StageContext) => T | Promise<T>): Promise<T>;
    <T extends Json<T>, C = unknown>(
      name: N,
      options: StageOptions<C>,
      fn: (stage: StageContext<C>) => T | Promise<T>,
    ): Promise<T>;
  };
  readonly map: {
    /** `limit`: at most so many items (parts without an item count too), the first ones. */
    <Row, I, T extends Json<T>, Cfg = undefined>(
      name: N,
      source: DatasetRef<Row>,
      options: MapOptions<Cfg> & { readonly expand: Expansion<Row, I>; readonly limit?: number | undefined },
      fn: ItemFn<I, T, Cfg>,
    ): Promise<MapRef<T>>;
    <I, T extends Json<T>, Cfg = undefined>(
      name: N,
      source: DatasetRef<I>,
      options: MapOptions<Cfg> & { readonly limit?: number | undefined },
      fn: ItemFn<I, T, Cfg>,
    ): Promise<MapRef<T>>;
    <I, T extends Json<T>, Cfg = undefined>(
      name: N,
      source: ItemSource<I>,
      options: MapOptions<Cfg> & { readonly key: (keyof I & string) | ((item: NoInfer<I>) => string) },
      fn: ItemFn<I, T, Cfg>,
    ): Promise<MapRef<T>>;
  };
}

export interface RunContext<Input = unknown, N extends string = string> extends Stages<N> {
  readonly input: Input;
  readonly runId: string;
  /** When the run was first started, milliseconds UTC: recorded, so the same on every replay. */
  readonly startedAt: number;
  /**
   * The run's own folder on this host, for files that are no artifacts (a database that stages share). It may not be
   * there yet; deleting the run removes it. Null where artifacts are not files.
   */
  readonly folder: string | null;
}
