/**
 * The lease rules of core over the rows of this store, and in SQL: the one place that spells them here.
 * A row's lease is `token`, `nonce`, `lease_ms`, `beat_at` and the boot in which it was given.
 */
import { type BootInstant, expiresAt, isExpired, isOfBoot, type LeaseStamp, silentMs } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import type { StoreTime } from "../store-time.js";

/** The row names the fence's lease; its values are token and nonce, in this order. */
export const IS_OF_LEASE = "token = ? AND nonce = ?";
/** The same of a live row: the run is held under that lease. */
export const IS_MINE = `phase = 1 AND ${IS_OF_LEASE}`;

/** Two rows name one lease. */
export const isSameLease = (a: string, b: string): string => `${a}.token = ${b}.token AND ${a}.nonce = ${b}.nonce`;

/** Columns of `run_live` and `boot` that lease rules read. */
export interface LeaseColumns {
  readonly boot_id: string | null;
  readonly lease_ms: number | null;
  readonly beat_at: number | null;
}

/** Now, by both clocks of the store. */
export interface StoreInstant extends BootInstant {
  readonly wallMs: number;
}

/** The instant of the transaction under way. */
export const instantOf = ({ time, monotonicMs, wallMs }: SqlContext): StoreInstant => ({
  bootId: time.bootId,
  monotonicMs,
  wallMs,
});

/** The instant of a read whose rows were handed out already. */
export const readInstant = (time: StoreTime): StoreInstant => ({
  bootId: time.bootId,
  monotonicMs: time.monotonicMs(),
  wallMs: time.wallMs(),
});

/** Whether the last sign of life was given since this host was booted. */
export const isOfThisBoot = ({ boot_id, beat_at }: LeaseColumns, now: StoreInstant): boolean =>
  isOfBoot({ bootId: boot_id, atMs: beat_at ?? 0 }, now);

/** Since the last sign of life. */
export const silentMsOf = (row: LeaseColumns, now: StoreInstant): number => silentMs(stampOf(row), now);

/** Whether others may take the run. */
export const isRowExpired = (row: LeaseColumns & { readonly stall_ms: number }, now: StoreInstant): boolean =>
  isExpired({ ...stampOf(row), stallAfterMs: row.stall_ms }, now);

/** When the lease ends without a beat, milliseconds UTC. */
export const expiresAtOf = (row: LeaseColumns, now: StoreInstant): number => expiresAt(stampOf(row), now);

const stampOf = ({ boot_id, beat_at, lease_ms }: LeaseColumns): LeaseStamp => ({
  bootId: boot_id,
  beatAtMs: beat_at ?? 0,
  leaseMs: lease_ms ?? 0,
});
