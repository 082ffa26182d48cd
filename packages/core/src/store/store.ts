/**
 * The Store contract: what the engine needs from a database. The suite in the testkit defines it; behavior not asserted
 * there is not guaranteed. The files beside this one hold its parts, by noun.
 *
 * Rules for every method:
 * - A write is *strict* or *soft*. A strict write resolves when it would survive a power loss (at the store's full
 *   durability). A soft write resolves when it would survive the death of every process on this host. A power loss may
 *   take a suffix of the soft writes, never one from the middle, and none that an acknowledged strict write followed.
 * - A fenced write is accepted only while the run is running under exactly this token and nonce and has no pending
 *   cancel or fail. Otherwise nothing is written and the answer says why. Refusals are outcomes, not exceptions.
 * - Writes of one caller take effect in call order. A refused or failed write does not delay the others.
 * - Events get their numbers under the run's row lock, in the transaction of the change they describe.
 * - Lock order, for every store: the run's live row, then its cold row, then its children (attempts, events,
 *   checkpoints, artifacts), then resource leases by name.
 * - Only the store's clock counts: instants are its own, and callers pass durations only.
 */
import type { RunId } from "../ids.js";
import type { RetentionPolicy } from "../retention.js";
import type { RunStatus } from "../run-status.js";
import type { AttemptStore } from "./attempts.js";
import type { CauseStore } from "./causes.js";
import type { ChangeStore } from "./changes.js";
import type { DatasetStore } from "./datasets.js";
import type { EventStore } from "./events.js";
import type { StoreExamination } from "./examination.js";
import type { FacetStore } from "./facets.js";
import type { LeaseStore } from "./leases.js";
import type { ManagementStore } from "./management.js";
import type { ItemStore } from "./maps.js";
import type { PublishedStore } from "./published.js";
import type { RunStore } from "./runs.js";
import type { ScheduleStore } from "./schedules.js";
import type { SignalStore } from "./signals.js";
import type { WaitStore } from "./waits.js";

/** Facts that a store reports about itself. */
export interface StoreFacts {
  /** Kind of the store. */
  readonly kind: "sqlite" | "postgres";
  /** Path of the file, or address of the server; never a secret. */
  readonly location: string;
  /** Version of the database library or server. */
  readonly engineVersion: string;
  /** Version of the schema. */
  readonly schemaVersion: number;
  /** What an acknowledged write survives, in words. */
  readonly durability: string;
  /** Size on disk, in bytes. */
  readonly sizeBytes: number;
  /** Number of runs in each state. */
  readonly runCounts: Readonly<Record<RunStatus, number>>;
  /** Problems found by the store's self-check; empty if there are none. */
  readonly problems: readonly string[];
}

/** Something that this store could do and cannot do here, by how it was opened. Nothing is lost by it, but something takes longer. */
export interface StoreLimitation {
  /** `NO_SESSION_LOCK`: the death of a process on another host is not proven; its runs are taken over when their leases end. */
  readonly code: "NO_SESSION_LOCK";
  /** Why, with what follows from it and what to do, in words. */
  readonly message: string;
}

/** Answer to `compact`. */
export type CompactOutcome =
  | {
      /** The file was rewritten. */
      readonly kind: "compacted";
      /** Size of the file and its log before, in bytes. */
      readonly beforeBytes: number;
      /** Size of both afterwards, in bytes. */
      readonly afterBytes: number;
      /** `false` if another process is reading from the log, which then still holds old pages. */
      readonly isLogEmpty: boolean;
    }
  | {
      /** Workers hold runs; the store was not changed. */
      readonly kind: "held";
      /** Runs whose lease has not expired, at most 20. */
      readonly runs: readonly RunId[];
    }
  | {
      /** The disk lacks space; the store was not changed. */
      readonly kind: "noRoom";
      /** Folder that needs the space: the store's own. */
      readonly folder: string;
      /** Bytes needed: twice the size of the store. */
      readonly neededBytes: number;
      /** Bytes available. */
      readonly freeBytes: number;
    };

/** Answer to `getDefaults`. */
export interface StoreDefaults {
  /** Retention unless another is configured; null in stores of before. */
  readonly retention: RetentionPolicy | null;
  /** Set while the store is the unfinished copy of another, at this location: nobody may work on it. */
  readonly copyingFrom?: string | undefined;
}

/** The whole contract. */
export interface Store
  extends RunStore,
    FacetStore,
    LeaseStore,
    PublishedStore,
    WaitStore,
    SignalStore,
    ScheduleStore,
    AttemptStore,
    EventStore,
    ItemStore,
    DatasetStore,
    ChangeStore,
    CauseStore,
    ManagementStore {
  readonly kind: "sqlite" | "postgres";
  /** Location of the store for messages; never a secret. */
  readonly location: string;
  /**
   * How a heartbeat thread opens its own connection: a module that exports `openBeats(options)`, which returns `Beats`.
   * Null if heartbeats go through this store (a store in memory allows no second connection).
   */
  readonly beatModule: { readonly url: string; readonly options: unknown } | null;
  /**
   * How another process opens this store: a module that exports `openStore(options)`, which returns `Promise<Store>`;
   * `options` is JSON. Null if no other process can (a store in memory).
   */
  readonly processModule: { readonly url: string; readonly options: unknown } | null;
  /** Returns what works only partly here; empty or left out where everything works. */
  limitations?(): readonly StoreLimitation[];
  /** Returns the facts that `doctor` shows. With `check`, runs the store's self-check. */
  facts(options?: { readonly check?: boolean | undefined }): Promise<StoreFacts>;
  /**
   * Returns the sizes of the tables and of the runs' artifacts and, with `check` (default false), the result of the
   * store's own check. Reads the whole store, without delaying other calls.
   */
  examine(options?: { readonly check?: boolean | undefined }): Promise<StoreExamination>;
  /**
   * Returns the defaults set when the store was created: its retention unless another is configured, or null in older
   * stores.
   */
  getDefaults(): Promise<StoreDefaults>;
  /** Writes a consistent copy while others write. @throws {WrongUseError} if `file` exists. */
  backup(file: string): Promise<void>;
  /**
   * Rewrites the store without its free space, so that its files contain nothing that was removed. Refused while a
   * lease is in force. Nobody else can write meanwhile. A crash leaves the store as it was.
   */
  compact(): Promise<CompactOutcome>;
  /**
   * Blocks the calling thread until the writes requested so far are done, at most `withinMs`. For a process that is
   * exiting and can no longer wait for promises. Does nothing in stores that cannot block.
   */
  flushNow(withinMs: number): void;
  /** Completes the waiting writes. Later calls fail with STORE_CLOSED. */
  close(): Promise<void>;
}
