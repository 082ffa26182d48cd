/** What the shared package asks of this store about runs of one dedupe key. */
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { insertEvent } from "./events.js";
import { bootKey } from "./names.js";

export const keysOn = (ctx: SqlContext): shared.KeysSql => ({
  sql: ctx,
  steadyMs: () => ctx.steadyMs(),
  // All writes are one after the other.
  lockLive: "",
  addEvent: (live, type, body) => {
    insertEvent(ctx, live.run_k, live.next_seq, type, null, JSON.stringify(body));
    live.next_seq += 1;
  },
  queueHeld: (runK, wakeAt) => {
    ctx.run(
      "UPDATE run_live SET wake_at = ?, boot_k = ?, progress_at = ? WHERE run_k = ?",
      ...[wakeAt, bootKey(ctx), ctx.monotonicMs + Math.max(0, wakeAt - ctx.dueMs()), runK],
    );
  },
});

export const releaseSuccessor = (ctx: SqlContext, ended: shared.LiveRow): void =>
  shared.runNow(shared.releaseSuccessor(keysOn(ctx), ended));
