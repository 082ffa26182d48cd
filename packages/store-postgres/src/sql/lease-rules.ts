/** The lease rules of core over the rows of this store: one clock, the database's, so every sign of life is of the same boot. */
import { type BootInstant, expiresAt, isExpired, type LeaseStamp, silentMs } from "@holdfast/core";

const CLOCK = "database";

/** Columns of `run_live` that lease rules read. */
export interface LeaseColumns {
  readonly lease_ms: number | null;
  readonly beat_at: number | null;
}

export interface StoreInstant extends BootInstant {
  readonly wallMs: number;
}

/** An instant of the database's clock. */
export const instantAt = (wallMs: number): StoreInstant => ({ bootId: CLOCK, monotonicMs: wallMs, wallMs });

/** Since the last sign of life. */
export const silentMsOf = (row: LeaseColumns, nowMs: number): number => silentMs(stampOf(row), instantAt(nowMs));

/** Whether others may take the run. */
export const isRowExpired = (row: LeaseColumns & { readonly stall_ms: number }, nowMs: number): boolean =>
  isExpired({ ...stampOf(row), stallAfterMs: row.stall_ms }, instantAt(nowMs));

/** When the lease ends without a beat, milliseconds UTC. */
export const expiresAtOf = (row: LeaseColumns, nowMs: number): number => expiresAt(stampOf(row), instantAt(nowMs));

const stampOf = ({ beat_at, lease_ms }: LeaseColumns): LeaseStamp => ({
  bootId: CLOCK,
  beatAtMs: beat_at ?? 0,
  leaseMs: lease_ms ?? 0,
});
