/** Causes of failures that people have dealt with, by fingerprint and by whose view the mark is in. */
import { CAUSE_MARKS_MAX, type CauseMark, type CauseMarkRequest } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { auditStore } from "./control.js";

export async function markCause(ctx: SqlContext, request: CauseMarkRequest): Promise<CauseMark | null> {
  const { fingerprint, scope, state, audit } = request;
  await auditStore(ctx, audit, `cause ${fingerprint}`);
  if (state === null) {
    await ctx.run("DELETE FROM cause_mark WHERE scope = ? AND fingerprint = ?", scope, fingerprint);
    return null;
  }
  const mark = { fingerprint, scope, state, markedBy: audit.actor.id, markedAt: ctx.wallMs, note: audit.reason };
  await ctx.run(
    `INSERT INTO cause_mark (scope, fingerprint, state, marked_by, marked_at, note) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (scope, fingerprint) DO UPDATE SET state = excluded.state, marked_by = excluded.marked_by,
       marked_at = excluded.marked_at, note = excluded.note`,
    ...[scope, fingerprint, state, mark.markedBy, mark.markedAt, mark.note],
  );
  return mark;
}

export function listCauseMarks(ctx: SqlContext, scopes: readonly string[]): Promise<CauseMark[]> {
  return ctx.all<CauseMark>(
    `SELECT fingerprint, scope, state, marked_by AS "markedBy", marked_at AS "markedAt", note FROM cause_mark
      WHERE scope = ANY(?::text[]) ORDER BY marked_at DESC, fingerprint LIMIT ?`,
    scopes,
    CAUSE_MARKS_MAX,
  );
}
