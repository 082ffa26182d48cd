/** What the shared package asks of this store about runs of one dedupe key. */
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { insertEvents } from "./events.js";

export const keysOn = (ctx: SqlContext): shared.KeysSql => ({
  sql: ctx,
  steadyMs: () => ctx.wallMs,
  lockLive: "FOR UPDATE OF l",
  addEvent: async (live, type, body) => {
    await insertEvents(ctx, [{ runK: live.run_k, seq: live.next_seq, type, stage: null, body: JSON.stringify(body) }]);
    live.next_seq += 1;
  },
  queueHeld: async (runK, wakeAt) => {
    const sql =
      "UPDATE run_live SET wake_at = ?1::bigint, progress_at = greatest(?1::bigint, ?2::bigint) WHERE run_k = ?3";
    await ctx.run(sql, wakeAt, ctx.wallMs, runK);
  },
});

export const releaseSuccessor = (ctx: SqlContext, ended: shared.LiveRow): Promise<void> =>
  shared.runInOrder(shared.releaseSuccessor(keysOn(ctx), ended));
