/** Reading the audit and letting its old entries go. Entries are written in `control.ts`, with the changes they tell of. */
import type { ActorVia, AuditAction } from "@holdfast/core";
import type { SqlContext } from "../context.js";

export interface AuditRow {
  id: number;
  at: number;
  actor: string;
  via: ActorVia;
  request_id: string | null;
  action: AuditAction;
  reason: string | null;
  run_id: string | null;
  workflow: string | null;
  owner: string | null;
  before: string | null;
  after: string | null;
}

export type AuditArgs = readonly [
  runId: string | null,
  actor: string | null,
  action: AuditAction | null,
  limit: number,
  before: number | null,
];

/** One more row than `limit` when there is a next page. Each filter has its index, in the order of the page. */
export function listAudit(ctx: SqlContext, args: AuditArgs): AuditRow[] {
  const [runId, actor, action, limit, before] = args;
  const conditions = [
    runId === null ? "" : "AND run_id = ?",
    actor === null ? "" : "AND actor = ?",
    action === null ? "" : "AND action = ?",
  ];
  return ctx.all<AuditRow>(
    `SELECT id, at, actor, via, request_id, action, reason, run_id, workflow, owner, before, after
       FROM audit WHERE id < ? ${conditions.join(" ")} ORDER BY id DESC LIMIT ?`,
    before ?? Number.MAX_SAFE_INTEGER,
    ...[runId, actor, action].filter((value) => value !== null),
    limit + 1,
  );
}

/** By the wall clock, as the entries are dated: what a clock set back made "old" is as old as it says. */
export function trimAudit(ctx: SqlContext, args: readonly [olderThanMs: number, limit: number]): number {
  const [olderThanMs, limit] = args;
  return ctx.run(
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)",
    ctx.wallMs - olderThanMs,
    limit,
  );
}
