/**
 * What user code sees: the run's context, the stage's context, and their options. Functions are properties, so that
 * destructuring is safe; names are contravariant, so that helpers ask only for the stages they use.
 */
import type { Backoff, CallRate, RecordedError, Unpriced, Verdict } from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import type { StageSignal } from "./interrupted.js";
import type { Json } from "./json-types.js";
import type { ArtifactRef, DatasetRef, MapRef } from "./refs.js";
import type { Waits } from "./waits.js";

/** Files of one attempt. Each is written to a temporary name, synced and renamed, then recorded with its SHA-256. */
export interface Artifacts {
  /**
   * Writes a text (as UTF-8) or bytes under `name`, a file name without folders. Resolves when the file is whole and
   * recorded.
   */
  readonly write: (name: string, data: string | Uint8Array) => Promise<ArtifactRef>;
  /** Writes a value as JSON. Its type travels with the reference, so `readJson` returns it typed. */
  readonly writeJson: <T extends Json<T>>(name: string, value: T) => Promise<ArtifactRef<T>>;
  /** Writes what an iterable yields, in constant memory. The file appears when the iterable has ended. */
  readonly writeStream: (name: string, source: AsyncIterable<string | Uint8Array>) => Promise<ArtifactRef>;
  /** For libraries that want a path: write there, the file is then synced, renamed and recorded. */
  readonly writeWith: (name: string, write: (path: string) => Promise<unknown>) => Promise<ArtifactRef>;
  /**
   * Returns the bytes of an artifact of this run or another one. @throws {ArtifactMissingError} ARTIFACT_MISSING
   * @throws {ArtifactChangedError} ARTIFACT_CHANGED
   */
  readonly read: (ref: ArtifactRef) => Promise<Uint8Array>;
  /** Returns the value that `writeJson` wrote. @throws the errors of `read`. */
  readonly readJson: <T>(ref: ArtifactRef<T>) => Promise<T>;
  /** Where to write it oneself; hashed and recorded when the attempt completes. */
  readonly path: (name: string) => string;
  /** A local copy to read, wherever the artifact store is. */
  readonly locate: (ref: ArtifactRef) => Promise<string>;
}

/** Options of `dataset.ingest`. */
export interface IngestOptions<Row> {
  /** The column that identifies a row; several make a composite key, joined by ":", with `:` and `\` in its parts as `\:` and `\\`. */
  readonly key: (keyof Row & string) | readonly (keyof Row & string)[];
  /** Standard Schema of one row. What it returns is stored, so it must be JSON. */
  readonly schema: Schema<unknown, Row>;
  /** Default "fail": bad rows refuse the whole file; the error names the first 20 by their numbers, and how many there are. */
  readonly onBadRow?: "fail" | "skip" | undefined;
  /** The sheet of a workbook; the first visible one when left out. */
  readonly sheet?: string | undefined;
  /**
   * The encoding of a text file, as the Encoding standard names it: "windows-1252", "utf-16le". "detect" tells UTF-8, UTF-16
   * and Windows-1252 apart, with a line in the log where it is not UTF-8. Default UTF-8: what is not, is refused.
   */
  readonly encoding?: string | undefined;
  /**
   * A file with other rows than the newest version of the name. Default "take": it is the next version, and what changed, came
   * and went since is counted in the log. "refuse" is for benchmarks and other files that must not change.
   */
  readonly onChange?: "take" | "refuse" | undefined;
}

/** A row of a file that was left out of a dataset. */
export interface SkippedRow {
  /** As a reader of the file counts: the header of a table is row 1. */
  readonly rowNumber: number;
  /** What is wrong with it. */
  readonly reason: string;
}

/** Datasets of a stage: files read once into rows with unique keys. */
export interface Datasets {
  /**
   * Read a file once; a second run on the same file reads the database only. The name is the dataset's identity: another file
   * under it, such as tonight's export, is its next version. The stage depends on the version from here on: a resume of this
   * run after a change of the file is refused until the change is accepted.
   * @throws {SourceUnreadableError} SOURCE_UNREADABLE @throws {RowInvalidError} ROW_INVALID @throws {DatasetChangedError} DATASET_CHANGED
   */
  ingest<Row>(name: string, file: string, options: IngestOptions<Row>): Promise<DatasetRef<Row>>;
  /**
   * Rows of the file that the ingest left out, in the order of the file, with the reason of each: the first 10,000. Empty where
   * `onBadRow` was "fail".
   */
  skipped(ref: DatasetRef): Promise<readonly SkippedRow[]>;
  /**
   * The newest version of a dataset that was ingested before, each row as the schema gives it. Reads all its rows once. The
   * stage depends on it, as after `ingest`.
   * @throws {DatasetNotFoundError} DATASET_NOT_FOUND
   * @throws {RowInvalidError} ROW_INVALID — for rows that the schema does not take, by their keys.
   */
  open<Row>(name: string, schema: Schema<unknown, Row>): Promise<DatasetRef<Row>>;
}

/** What an attempt at a stage and an attempt at an item of a map have in common. */
export interface AttemptContext {
  /** From 1, going on over resumes and restarts. */
  readonly attempt: number;
  /** The same for every attempt at this stage or item in this generation of the run: hand it to the outside world. */
  readonly idempotencyKey: string;
  /** Aborts on pause, cancel, timeout, lost lease and shutdown, with the reason. */
  readonly signal: StageSignal;
  /** Writes a line to the run's log and to its events. `data` is JSON. */
  readonly log: (message: string, data?: Record<string, unknown>) => void;
  /** Logs a named number with the attempt, as an event of type `log`. */
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
  /** The row's key, unique in the dataset. */
  readonly key: string;
  /** Row as its schema returned it. */
  readonly row: Row;
}

/** State that a stage saves of its own accord and gets back when it is tried again. */
export interface Checkpoint<C> {
  /**
   * Reads what the newest save left, in this attempt or an earlier one; null when there is none. One that the schema no longer takes is
   * drift: the run pauses before the stage begins, until a resume accepts it with `reuse` (it is read unchecked) or `redo` (there is none).
   */
  get(): Promise<C | null>;
  /** Resolves when it would survive a power loss. */
  save(value: C): Promise<void>;
  /** Removes what was saved: the next `get` returns null. */
  clear(): Promise<void>;
}

/** Which results of a map to read. */
export interface ResultFilter {
  /** Only successes, or only failures. Default: both. */
  readonly outcome?: "ok" | "error" | undefined;
  /** Only failures of this category ("rate_limit"). Default: all. */
  readonly category?: string | undefined;
  /** Results after this key, in the order of keys. */
  readonly after?: string | undefined;
}

/** What the function of a stage gets. Its properties are functions and values, so destructuring is safe. */
export interface StageContext<C = unknown> extends AttemptContext {
  /** State saved by this stage, typed by the `checkpoint` schema of its options. */
  readonly checkpoint: Checkpoint<C>;
  /** Files of this attempt. */
  readonly artifact: Artifacts;
  /** Datasets: `ingest` reads a file once, `open` returns one that was ingested before. */
  readonly dataset: Datasets;
  /** Results of a map of this run in the order of keys, read page by page. Default filter: all results. */
  readonly results: <T>(ref: MapRef<T>, filter?: ResultFilter) => AsyncIterable<ItemResult<T>>;
  /**
   * Shows how far the stage is: `done` of `total` units (left out: unknown) and what it is doing, in words. It counts in the
   * run's `fraction` and is in the frames of `handle.progress()`. Not an event.
   */
  readonly progress: (done: number, total?: number, label?: string) => void;
  /** Records a verdict with its score; never throws, answers `passed`. */
  readonly gate: (name: string, passed: boolean, score?: number, threshold?: number) => boolean;
  /** Hold named things (one DuckDB file) while `fn` runs; waits for them, the wait does not count towards the timeout. */
  readonly exclusive: <T>(
    resource: string | readonly string[],
    fn: (hold: { signal: StageSignal; token: number }) => T | Promise<T>,
  ) => Promise<T>;
}

/** When a failed attempt is tried again. */
export interface RetryOptions {
  /**
   * Failed attempts before the failure is the outcome. Left out, failures of the outside (server, network, timeout) and those
   * that were asked to be retried have 6, any other has 1. A rate limit uses up none.
   */
  readonly attempts?: number | undefined;
  /** Time limit of one attempt; over it the attempt is aborted and counts as failed. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** Waits between attempts. Default: 1 s, doubling, at most 60 s; half of each wait is random. */
  readonly backoff?: Partial<Backoff> | undefined;
  /**
   * What to do about a failure; `undefined` leaves it to the error. It must answer at once (no async) and within its type,
   * which is checked: any other answer fails the attempt for good (DECISION_INVALID).
   * Default: the error decides. `attempt` counts from 1.
   */
  readonly classify?: ((error: unknown, attempt: number) => Verdict | undefined) | undefined;
}

/** Options of a stage. */
export interface StageOptions<C = unknown> extends RetryOptions {
  /**
   * Values whose change makes a recorded output stale: JSON, as an output is. A Date, a Map or an instance of a class is
   * refused by its path (NOT_JSON), since a change of it could not be seen; give `date.toISOString()`, `[...map]`.
   * Default: none, so that the output never becomes stale.
   */
  readonly inputs?: unknown;
  /** Schema of the stage's checkpoint. Default: any JSON value, unchecked. */
  readonly checkpoint?: Schema<unknown, C> | undefined;
  /**
   * What people read beside the stage's name in the page, in `show` and in the log ("Norway's suppliers"), as text, at most 200
   * characters. It decides nothing, so it may differ from one execution to the next. Default: none.
   */
  readonly label?: string | undefined;
}

/** What a paid call gave: its value, what it cost, and what it used (tokens), kept with the result. */
export interface Paid<T> {
  /** What the call returned. */
  readonly value: T;
  /** US dollars from 0 to 1,000,000, kept to a billionth. Null: the price is unknown, which a map with a budget refuses. */
  readonly usd: number | null;
  /** Tokens of a call of unknown price. Left out, they are taken from `usage`: input and output tokens, or `tokens`. */
  readonly tokens?: number | undefined;
  /**
   * What it used, as JSON: `model`, `inputTokens` and `outputTokens` are summed by model in `runs.maps`. Default: nothing is
   * recorded.
   */
  readonly usage?: unknown;
}

/** Reserves so many dollars more for a call that turns out to need another request. False: the budget does not allow it. */
export type ReserveMore = (usd: number | null) => Promise<boolean>;

/** What the function of an item gets. */
export interface ItemContext<Cfg> extends AttemptContext {
  /** The item's key, unique in the map. */
  readonly key: string;
  /** `config` of the map's options. */
  readonly config: Cfg;
  /**
   * Reserve before a paid call, settle after it with what it cost. Where the budget has no room for `reserveUsd`, the call waits
   * for those under way, which mostly cost less than they reserved; where that gives no room either, the run pauses.
   *
   * Null reserves nothing: the price is unknown. An amount that cannot be meant (a text, NaN, below 0, over 1,000,000) fails the
   * map at once, and so does an unknown price under a budget (WRONG_USE): each further call would make the same mistake.
   */
  readonly spend: <T>(reserveUsd: number | null, call: (more: ReserveMore) => Promise<Paid<T>>) => Promise<T>;
}

/** Anything that can be iterated, at once or as it arrives. */
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
  | {
      /** Opens the items from a position on, so that a resume does not walk from the start. */
      readonly from: (position: number, open: { readonly signal: StageSignal }) => Items<I>;
    };
/** Function of a map: makes one item's result. What it returns is recorded once, as JSON. */
export type ItemFn<I, T, Cfg> = (item: I, context: ItemContext<Cfg>) => T | Promise<T>;

/** Options of a map. */
export interface MapOptions<Cfg> extends RetryOptions {
  /** All that a result depends on besides the item, as JSON: results under another `config` are stale. Default: nothing. @throws {NotJsonError} NOT_JSON — with the path. */
  readonly config?: Cfg | undefined;
  /**
   * Calls at a time. A number is fixed; `{ min, max }` adapts to rate limits and errors, beginning at `min`. Default:
   * 8.
   */
  readonly concurrency?: number | { readonly min: number; readonly max: number } | undefined;
  /** At most so many calls of items begin in any stretch of time, retries included. Counted anew by each execution. Default: no limit. */
  readonly rate?: CallRate | undefined;
  /** How often results are committed. Default: every 100 results, every 250 ms, or on a signal, whichever is first. */
  readonly batch?: { readonly results?: number | undefined; readonly ms?: number | undefined } | undefined;
  /**
   * Most that the map may spend over all resumes, in US dollars from 0 to 1,000,000, as `spend` reserves it. At the limit the
   * run pauses. Default, and `Infinity`: no limit.
   */
  readonly budget?: { readonly usd: number } | undefined;
  /** Share of errors in the last 200 items, 0 to 1, over which the run pauses. Default: never. */
  readonly maxErrorRate?: number | undefined;
  /** A count, or a share below 1: with more failed items at the end the run fails. Default 0. */
  readonly maxFailed?: number | undefined;
  /** What people read beside the map's name, as the `label` of a stage. Default: none. */
  readonly label?: string | undefined;
}

/**
 * What people read beside an item's key ("Nordic Steel AS"): recorded with its result, as text, at most 200 characters. Asked once an
 * attempt; where it throws or gives no text, the item has no label and nothing else happens.
 */
export type ItemLabel<I> = (item: I) => string | undefined;

/** A dataset row as several items: at most one for each part, with the row's key and the part as `<key>:<part>`. */
export interface Expansion<Row, I> {
  /** Names without spaces and colons, in a fixed order: positions, and so results, depend on it. */
  readonly parts: readonly string[];
  /** The row's item for a part; null where it has none. Pure: it is asked again on every resume. */
  readonly item: (row: Row, part: string) => I | null;
}

/** One recorded result of a map: `ok` with an output, or `error` with what went wrong. */
export type ItemResult<T> = {
  /** Key of the item. */
  readonly key: string;
  /** What the map's `itemLabel` called it; null where it has none. */
  readonly label: string | null;
  /** Over all resumes, interrupted ones included. */
  readonly attempts: number;
  /** Of the attempts that made this result; null where the first of them gave it. An interrupted attempt is no failure. */
  readonly firstError: RecordedError | null;
  /** US dollars, of the calls whose price is known; null where calls were made and none of them has a known cost. */
  readonly costUsd: number | null;
  /** The calls of unknown price; null where there are none. */
  readonly unpriced: Unpriced | null;
  /** When the attempt that gave the result began, milliseconds UTC. */
  readonly startedAt: number;
  /** When that attempt ended, milliseconds UTC. */
  readonly finishedAt: number;
  /** What the paid call said it used (tokens); null when it said nothing. */
  readonly usage: unknown;
} & (
  | {
      /** The item has an output. */
      readonly outcome: "ok";
      /** What its function returned. */
      readonly output: T;
    }
  | {
      /** Its attempts are used up. */
      readonly outcome: "error";
      /** Newest error. */
      readonly error: RecordedError;
      /** Category of that error: "rate_limit", "network", … */
      readonly category: string;
    }
);

/** The part of a run's context that helpers take: `Stages<"a" | "b">` accepts every context that declares both. */
export interface Stages<N extends string> {
  /**
   * Runs a stage once and returns its recorded output; later executions of the run get it from the record.
   * @throws {StageFailedError} STAGE_FAILED — its attempts are used up; the same live and on every replay.
   */
  readonly stage: {
    <T extends Json<T>>(name: N, fn: (stage: StageContext) => T | Promise<T>): Promise<T>;
    <T extends Json<T>, C = unknown>(
      name: N,
      options: StageOptions<C>,
      fn: (stage: StageContext<C>) => T | Promise<T>,
    ): Promise<T>;
  };
  /** Runs a durable map: one recorded result per item. Returns counts; a stage reads the rows with `results(ref)`. */
  readonly map: {
    /** `limit`: at most so many items (parts without an item count too), the first ones. */
    <Row, I, T extends Json<T>, Cfg = undefined>(
      name: N,
      source: DatasetRef<Row>,
      options: MapOptions<Cfg> & {
        readonly expand: Expansion<Row, I>;
        readonly limit?: number | undefined;
        readonly itemLabel?: ItemLabel<NoInfer<I>> | undefined;
      },
      fn: ItemFn<I, T, Cfg>,
    ): Promise<MapRef<T>>;
    <I, T extends Json<T>, Cfg = undefined>(
      name: N,
      source: DatasetRef<I>,
      options: MapOptions<Cfg> & {
        readonly limit?: number | undefined;
        readonly itemLabel?: ItemLabel<NoInfer<I>> | undefined;
      },
      fn: ItemFn<I, T, Cfg>,
    ): Promise<MapRef<T>>;
    <I, T extends Json<T>, Cfg = undefined>(
      name: N,
      source: ItemSource<I>,
      options: MapOptions<Cfg> & {
        readonly key: (keyof I & string) | ((item: NoInfer<I>) => string);
        readonly itemLabel?: ItemLabel<NoInfer<I>> | undefined;
      },
      fn: ItemFn<I, T, Cfg>,
    ): Promise<MapRef<T>>;
  };
}

/** What the function of a workflow gets. */
export interface RunContext<Input = unknown, N extends string = string, S = unknown> extends Stages<N>, Waits<S> {
  /** Input of the run, as the workflow's schema returned it when the run was started. */
  readonly input: Input;
  /** Id of the run. */
  readonly runId: string;
  /** When the run was first started, milliseconds UTC: recorded, so the same on every replay. */
  readonly startedAt: number;
  /**
   * The run's own folder on this host, for files that are no artifacts (a database that stages share). It may not be
   * there yet; deleting the run removes it. Null where artifacts are not files.
   */
  readonly folder: string | null;
}
