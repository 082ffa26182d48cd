/**
 * The Store contract: what the engine needs of a database, and nothing of any database. The suite in the testkit
 * defines it; behaviour not asserted there is not promised. What it is made of stands beside this file, by noun.
 *
 * Rules that hold for every method:
 * - A write is *strict* or *soft*. A strict write's promise resolves when it would survive a power loss (at the store's
 *   full durability). A soft write's resolves when it survives the death of every process of this host; a power loss may
 *   take a suffix of soft writes, never a middle, and never a soft write that an acknowledged strict one followed.
 * - A fenced write is accepted only while the run is running under exactly this token and nonce, and no cancel or fail
 *   was asked for; otherwise nothing is written and the answer says why. Refusals are outcomes, not exceptions.
 * - Writes of one caller are carried out in the order of the calls. A refused or failed write does not hold back others.
 * - Events take their numbers under the run's row lock, in the transaction of the change they tell of.
 * - Lock order, for every store: the run's live row first, then the run's cold row, then its children
 *   (attempts, events, checkpoints, artifacts), then resource leases by name.
 * - The store's clock rules: instants are its own, and callers pass durations only.
 */
import type { RunId } from "../ids.js";
import type { RetentionPolicy } from "../retention.js";
import type { RunStatus } from "../run-status.js";
import type { AttemptStore } from "./attempts.js";
import type { ChangeStore } from "./changes.js";
import type { DatasetStore } from "./datasets.js";
import type { EventStore } from "./events.js";
import type { LeaseStore } from "./leases.js";
import type { ManagementStore } from "./management.js";
import type { ItemStore } from "./maps.js";
import type { RunStore } from "./runs.js";

/** What a store says of itself. */
export interface StoreFacts {
  /** Kind of the store. */
  readonly kind: "sqlite" | "postgres";
  /** Path of the file, or the server; never a secret. */
  readonly location: string;
  /** Version of the database library or server. */
  readonly engineVersion: string;
  /** Version of the tables. */
  readonly schemaVersion: number;
  /** What an acknowledged write survives, in words. */
  readonly durability: string;
  /** Bytes on the disk. */
  readonly sizeBytes: number;
  /** Runs by state. */
  readonly runCounts: Readonly<Record<RunStatus, number>>;
  /** Problems found by the store's own check of itself; empty when sound. */
  readonly problems: readonly string[];
}

/** The answer to `compact`. */
export type CompactOutcome =
  | {
      /** The file was written anew. */
      readonly kind: "compacted";
      /** Size of the file and its log before. */
      readonly beforeBytes: number;
      /** The same afterwards. */
      readonly afterBytes: number;
      /** False: another process reads from the log, which still holds old pages. */
      readonly isLogEmpty: boolean;
    }
  | {
      /** Workers hold runs, and the store was left as it is. */
      readonly kind: "held";
      /** Runs under a living lease, at most 20. */
      readonly runs: readonly RunId[];
    }
  | {
      /** The disk has no room, and the store was left as it is. */
      readonly kind: "noRoom";
      /** Folder that needs the room: the store's own. */
      readonly folder: string;
      /** Room for twice the store. */
      readonly neededBytes: number;
      /** Room that there is. */
      readonly freeBytes: number;
    };

/** The whole contract, as the engine holds it. */
export interface Store
  extends RunStore,
    LeaseStore,
    AttemptStore,
    EventStore,
    ItemStore,
    DatasetStore,
    ChangeStore,
    ManagementStore {
  readonly kind: "sqlite" | "postgres";
  /** Where it is, for messages; never a secret. */
  readonly location: string;
  /**
   * How a heartbeat thread opens a connection of its own: a module that exports `openBeats(options)` returning
   * `Beats`. Null where beats go through this store (an in-memory store has no second way in).
   */
  readonly beatModule: { readonly url: string; readonly options: unknown } | null;
  /**
   * How another process opens this store: a module that exports `openStore(options)` returning `Promise<Store>`; `options`
   * are JSON. Null where no other process can (an in-memory store).
   */
  readonly processModule: { readonly url: string; readonly options: unknown } | null;
  /** What `doctor` shows; runs the store's check of itself when `check` is given. */
  facts(options?: { readonly check?: boolean | undefined }): Promise<StoreFacts>;
  /** What the store was made with: retention that holds where nobody sets another; null in stores of earlier versions. */
  getDefaults(): Promise<{ readonly retention: RetentionPolicy | null }>;
  /** A consistent copy while others write. @throws {WrongUseError} when `file` exists. */
  backup(file: string): Promise<void>;
  /**
   * Writes the store anew without its free space, so that nothing that was removed is left in its files. Refused while a lease
   * lives: nobody else can write meanwhile. A crash leaves the store as it was.
   */
  compact(): Promise<CompactOutcome>;
  /**
   * Blocks the calling thread until the writes called so far are carried out, `withinMs` at most: for the exit of a process,
   * after which nothing is. A store that cannot does nothing.
   */
  flushNow(withinMs: number): void;
  /** Calls waiting writes first; later calls fail with STORE_CLOSED. */
  close(): Promise<void>;
}
