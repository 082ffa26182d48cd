/** Options under which a store is opened, here or in a child process of a worker. Types only. */
import type { Clock } from "@holdfast/core";
import type { ClockShift } from "./store-time.js";

export interface SqliteStoreOptions {
  /** The file, created with its folder when missing; ":memory:" lives and dies with this store. */
  readonly file: string;
  /** How long a write waits for another process's before it fails with STORE_BUSY. 5 s: far longer than any commit. */
  readonly busyTimeoutMs?: number | undefined;
  /**
   * "full" (the default): what was acknowledged survives a power loss. "normal": it survives the death of every
   * process; a power loss may take the newest writes, never a middle.
   */
  readonly durability?: "full" | "normal" | undefined;
  /** Everything on the calling thread: for deterministic simulations and unit tests; blocks the event loop. */
  readonly inline?: boolean | undefined;
  /** Only with `inline`: a clock cannot be shared with a thread. */
  readonly clock?: Clock | undefined;
  /** Only with `inline`: from 0 to below 1, for nonces. */
  readonly random?: (() => number) | undefined;
  /** The boot that the store's clock counts from; the host's own when left out. For tests. */
  readonly bootId?: string | undefined;
  /** Moves the time of all threads of this store; see `createClockShift`. For tests. */
  readonly clockShift?: ClockShift | undefined;
}

export interface ProcessOptions extends SqliteStoreOptions {
  /** `FileIdentity.opened` of the store that the other process shall share. */
  readonly fileIdentity: string | null;
}
