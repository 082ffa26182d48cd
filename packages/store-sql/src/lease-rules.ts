/**
 * The lease rules of core over the rows of a store. A row's lease is `token`, `nonce`, `lease_ms`, `beat_at` and, where a store is
 * used by one host and times by its boots, the boot in which it was given.
 */
import { type BootInstant, expiresAt, isExpired, isOfBoot, type LeaseStamp, silentMs } from "@holdfast/core";

/** Columns that lease rules read. */
export interface LeaseColumns {
  /** Left out where one clock, the server's, tells all instants. */
  readonly boot_id?: string | null;
  readonly lease_ms: number | null;
  readonly beat_at: number | null;
}

/** Now, by the clocks of the store. */
export interface StoreInstant extends BootInstant {
  readonly wallMs: number;
  /** A queued run whose time to wake is not after this one waits for a worker, not for a time. */
  readonly dueMs: number;
}

/** Whether the last sign of life was given since this host was booted. */
export const isOfThisBoot = (row: LeaseColumns, now: StoreInstant): boolean =>
  isOfBoot({ bootId: bootOf(row, now), atMs: row.beat_at ?? 0 }, now);

/** Since the last sign of life. */
export const silentMsOf = (row: LeaseColumns, now: StoreInstant): number => silentMs(stampOf(row, now), now);

/** Whether others may take the run. */
export const isRowExpired = (row: LeaseColumns & { readonly stall_ms: number }, now: StoreInstant): boolean =>
  isExpired({ ...stampOf(row, now), stallAfterMs: row.stall_ms }, now);

/** When the lease ends without a beat, milliseconds UTC. */
export const expiresAtOf = (row: LeaseColumns, now: StoreInstant): number => expiresAt(stampOf(row, now), now);

const bootOf = ({ boot_id }: LeaseColumns, now: StoreInstant) => (boot_id === undefined ? now.bootId : boot_id);

const stampOf = (row: LeaseColumns, now: StoreInstant): LeaseStamp => ({
  bootId: bootOf(row, now),
  beatAtMs: row.beat_at ?? 0,
  leaseMs: row.lease_ms ?? 0,
});
