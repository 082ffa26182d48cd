/** The instants of this store: one clock, the database's, so every sign of life is of the same boot. */
import type { StoreInstant } from "@holdfast/store-sql";

const CLOCK = "database";

/** An instant of the database's clock. */
export const instantAt = (wallMs: number): StoreInstant => ({
  bootId: CLOCK,
  monotonicMs: wallMs,
  wallMs,
  dueMs: wallMs,
});
