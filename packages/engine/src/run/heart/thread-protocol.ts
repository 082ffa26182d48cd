/** What the main thread and the heartbeat thread say to each other, and the memory they share. */
import type { WishKind } from "@holdfast/core";

/** Leases one process can hold at a time; a slot is two 64-bit words of shared memory. */
export const HEART_SLOTS_MAX = 4_096;

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
}

export type ToHeart =
  | {
      readonly kind: "beatFor";
      readonly slot: number;
      readonly runId: string;
      readonly token: number;
      readonly nonce: string;
      readonly leaseMs: number;
      readonly intervalMs: number;
    }
  | { readonly kind: "release"; readonly slot: number; readonly token: number; readonly runId: string }
  | { readonly kind: "close" };

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
