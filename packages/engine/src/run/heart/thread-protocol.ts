/** What the main thread and the heartbeat thread say to each other, and the memory they share. */
import type { WishKind } from "@holdfast/core";

/** Leases one process can hold at a time; a slot is 12 bytes of shared memory. */
export const HEART_SLOTS_MAX = 8_192;

export interface HeartThreadStart {
  readonly moduleUrl: string;
  readonly moduleOptions: unknown;
  readonly maxBlockedMs: number;
  /** The parent process, without which this one ends; null where it does not. */
  readonly diesWith: number | null;
  /** Int32: the main loop's tick counter. */
  readonly ticks: SharedArrayBuffer;
  /** BigInt64 a slot: monotonic milliseconds at which the newest accepted beat was asked for. */
  readonly askedAt: SharedArrayBuffer;
  /**
   * Int32 a slot: raised when the slot is taken and when it is given back. A lease is renewed while its turn lasts, so that giving
   * it back needs no message.
   */
  readonly turns: SharedArrayBuffer;
}

/**
 * Leases to be renewed, the values of one after the other: cloned as objects they would cost more than all else that the heart does
 * for a short run. Null ends the thread.
 */
export type ToHeart = readonly (string | number)[] | null;

/** One lease of a message. */
export type HoldValues = readonly [
  slot: number,
  turn: number,
  runId: string,
  token: number,
  nonce: string,
  leaseMs: number,
  intervalMs: number,
];
export const HOLD_VALUES = 7;

export type FromHeart =
  | {
      readonly kind: "lost";
      readonly slot: number;
      readonly runId: string;
      readonly token: number;
      readonly heldBy: string | null;
    }
  | {
      readonly kind: "wish";
      readonly slot: number;
      readonly runId: string;
      readonly token: number;
      readonly wish: WishKind;
    };
