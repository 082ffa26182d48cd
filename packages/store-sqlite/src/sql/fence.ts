/**
 * The one fence that every fenced write passes. One statement asks whether the lease still stands, takes the event
 * numbers, and notes the sign of life; when it changes no row, nothing was written and the refusal is explained.
 *
 * Worker A (slow)                     Worker B
 *                                     claims the run: token 5 → 6, new nonce
 * writes with token 5, old nonce      …
 *   → no row has both: refused        → its own writes pass
 */
import type { WishKind } from "@holdfast/core";
import type { SqlContext } from "../context.js";

export type FenceArgs = readonly [runId: string, token: number, nonce: string];

/** Null: written. A wish: written, and a pause was asked for. Else the refusal. Small, because most writes send one. */
export type WriteResult = null | WishKind | Refusal;
export type Refusal =
  | { readonly kind: "leaseLost"; readonly heldBy: string | null }
  | { readonly kind: "cancelled"; readonly wish: WishKind }
  | { readonly kind: "duplicate" };

export type Passed =
  | {
      readonly isPassed: true;
      readonly runK: number;
      readonly firstSeq: number;
      readonly wish: WishKind | null;
      readonly generation: number;
      readonly holderK: number;
    }
  | { readonly isPassed: false; readonly refusal: Refusal };

/** What else a passing write notes in the live row; `progress_at = beat_at` would read the old value, hence the bind. */
export const ALIVE_SET = "";
export const STARTED_SET = ", open_attempts = open_attempts + 1, label = :text";
export const ENDED_SET = ", open_attempts = max(0, open_attempts - 1)";
/** A stage ended well: counted here, so that nobody ever has to count attempts. */
export const STAGE_DONE_SET = ", stages_done = stages_done + 1";
/** Something to resume from was recorded. */
export const RECORDED_SET = ", progress_at = :now, has_record = 1, has_progressed = 1";
export const MOVED_SET = ", progress_at = :now, has_progressed = 1";

const sqlOf = new Map<string, string>();

function fenceSql(extraSet: string): string {
  let sql = sqlOf.get(extraSet);
  if (sql === undefined) {
    sql = `UPDATE run_live
              SET next_seq = next_seq + ?, beat_at = ?, updated_at = ?${extraSet.replace(/:now|:text/, "?")}
            WHERE run_k = ? AND token = ? AND nonce = ? AND phase = 1 AND (wish IS NULL OR wish = 'pause')
        RETURNING next_seq, wish, generation, holder_k`;
    sqlOf.set(extraSet, sql);
  }
  return sql;
}

interface FenceRow {
  next_seq: number;
  wish: WishKind | null;
  generation: number;
  holder_k: number;
}

/**
 * `extraSet` is one of the constants above or a concatenation with at most one parameter (`:now`, or `:text` for
 * `text`): never anything a caller sent.
 */
export function passFence(
  ctx: SqlContext,
  extraSet: string,
  args: readonly [runId: string, token: number, nonce: string, ...rest: unknown[]],
  eventCount: number,
  text = "",
): Passed {
  const [runId, token, nonce] = args;
  const runK = ctx.runKey(runId);
  if (runK === undefined) return { isPassed: false, refusal: { kind: "leaseLost", heldBy: null } };
  const now = ctx.monotonicMs;
  const statement = ctx.prepare(fenceSql(extraSet));
  const wall = ctx.wallMs;
  const row = (
    extraSet.includes(":")
      ? statement.get(eventCount, now, wall, extraSet.includes(":now") ? now : text, runK, token, nonce)
      : statement.get(eventCount, now, wall, runK, token, nonce)
  ) as FenceRow | undefined;
  if (row === undefined) return { isPassed: false, refusal: explainRefusal(ctx, args) };
  return {
    isPassed: true,
    runK,
    firstSeq: row.next_seq - eventCount,
    wish: row.wish,
    generation: row.generation,
    holderK: row.holder_k,
  };
}

/** Undo the taking of one event number in the same transaction: the write turned out to be a duplicate. */
export function giveBackSeq(ctx: SqlContext, runK: number): void {
  ctx.run("UPDATE run_live SET next_seq = next_seq - 1 WHERE run_k = ?", runK);
}

export function explainRefusal(
  ctx: SqlContext,
  args: readonly [runId: string, token: number, nonce: string, ...rest: unknown[]],
): Refusal {
  const row = ctx.get<{ token: number; nonce: string | null; wish: WishKind | null; name: string | null }>(
    `SELECT l.token, l.nonce, l.wish, h.name FROM run r JOIN run_live l USING (run_k) LEFT JOIN holder h USING (holder_k)
      WHERE r.run_id = ? AND l.phase = 1`,
    args[0],
  );
  if (row === undefined) return { kind: "leaseLost", heldBy: null };
  if (row.token === args[1] && row.nonce === args[2] && row.wish !== null) return { kind: "cancelled", wish: row.wish };
  return { kind: "leaseLost", heldBy: row.name };
}
