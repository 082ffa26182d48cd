/** Reading the audit and letting its old entries go. Entries are written in `control.ts`, with the changes they tell of. */
import type { AuditQuery } from "@holdfast/core";
import { type AuditRow, readCursor } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";

/** One more row than `limit` when there is a next page. Each filter has its index, in the order of the page. */
export function listAudit(ctx: SqlContext, query: AuditQuery): Promise<AuditRow[]> {
  const { runId, actor, action, limit, cursor } = query;
  const [before] = cursor === undefined ? [Number.MAX_SAFE_INTEGER] : readCursor(cursor, 1);
  const filters = Object.entries({ run_id: runId, actor, action }).filter(([, value]) => value !== undefined);
  return ctx.all<AuditRow>(
    `SELECT id, at, actor, via, request_id, action, reason, run_id, workflow, owner, before, after
       FROM audit WHERE id < ? ${filters.map(([column]) => `AND ${column} = ?`).join(" ")} ORDER BY id DESC LIMIT ?`,
    before,
    ...filters.map(([, value]) => value as string),
    limit + 1,
  );
}

/** As the entries are dated: what a clock set back made "old" is as old as it says. */
export function trimAudit(ctx: SqlContext, olderThanMs: number, limit: number): Promise<number> {
  return ctx.run(
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)",
    ctx.wallMs - olderThanMs,
    limit,
  );
}
