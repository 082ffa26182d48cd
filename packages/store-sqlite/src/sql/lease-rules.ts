/** The lease rules in the SQL of this store, and its instants. A row's lease has the boot in which it was given. */
import type { StoreInstant } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { StoreTime } from "../store-time.js";

/** The row names the fence's lease; its values are token and nonce, in this order. */
export const IS_OF_LEASE = "token = ? AND nonce = ?";
/** The same of a live row: the run is held under that lease. */
export const IS_MINE = `phase = 1 AND ${IS_OF_LEASE}`;

/** Two rows name one lease. */
export const isSameLease = (a: string, b: string): string => `${a}.token = ${b}.token AND ${a}.nonce = ${b}.nonce`;

/** Being due is judged by a clock that may lead the wall clock by up to this much (see `dueMs`). */
const DUE_SLACK_MS = 1_000;

/** The instant of the transaction under way. */
export const instantOf = ({ time, monotonicMs, wallMs }: SqlContext): StoreInstant => ({
  bootId: time.bootId,
  monotonicMs,
  wallMs,
  dueMs: wallMs + DUE_SLACK_MS,
});

/** The instant of a read whose rows were handed out already. */
export function readInstant(time: StoreTime): StoreInstant {
  const wallMs = time.wallMs();
  return { bootId: time.bootId, monotonicMs: time.monotonicMs(), wallMs, dueMs: wallMs + DUE_SLACK_MS };
}
