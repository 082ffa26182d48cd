/** Rows of waits: their states as stored, and what an operation answers about one. */
import type { WishKind } from "@holdfast/core";
import type { RecordRow, Refusal } from "./rows.js";

/** The run ended, or was restarted, before its condition came true. */
export const DROPPED = 0;
export const OPEN = 1;
/** It has an outcome, which is its row in `attempt_row`. */
export const SETTLED = 2;

/** Nobody waits any more in this run: it begins again. Values: now, the run's number. */
export const DROP_WAITS_OF_RUN_SQL = `UPDATE wait SET state = ${DROPPED}, closed_at = ? WHERE run_k = ? AND state = ${OPEN}`;

export type WaitResult =
  | { readonly kind: "open"; readonly wish: WishKind | null; readonly leftMs: number | null }
  | { readonly kind: "settled"; readonly wish: WishKind | null; readonly record: RecordRow }
  | Refusal;
