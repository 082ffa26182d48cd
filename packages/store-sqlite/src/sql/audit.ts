/** Reading the audit and letting its old entries go. Entries are written in `control.ts`, with the changes they tell of. */
import type { AuditQuery } from "@holdfast/core";
import { type AuditRow, readCursor } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";

/** One more row than `limit` when there is a next page. Each filter has its index, in the order of the page. */
export function listAudit(ctx: SqlContext, query: AuditQuery): AuditRow[] {
  const { runId, actor, action, limit, cursor } = query;
  const [before] = cursor === undefined ? [Number.MAX_SAFE_INTEGER] : readCursor(cursor, 1);
  const conditions = [
    runId === undefined ? "" : "AND run_id = ?",
    actor === undefined ? "" : "AND actor = ?",
    action === undefined ? "" : "AND action = ?",
  ];
  return ctx.all<AuditRow>(
    `SELECT id, at, actor, via, request_id, action, reason, run_id, workflow, owner, before, after
       FROM audit WHERE id < ? ${conditions.join(" ")} ORDER BY id DESC LIMIT ?`,
    before,
    ...[runId, actor, action].filter((value) => value !== undefined),
    limit + 1,
  );
}

/** By the wall clock, as the entries are dated: what a clock set back made "old" is as old as it says. */
export function trimAudit(ctx: SqlContext, olderThanMs: number, limit: number): number {
  return ctx.run(
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)",
    ctx.wallMs - olderThanMs,
    limit,
  );
}
