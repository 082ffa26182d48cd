/** Marks on causes of failures: one row for each cause and scope. */
import { CAUSE_MARKS_MAX, type CauseMark, type CauseMarkRequest } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { auditStore } from "./control.js";

const COLUMNS = `fingerprint, scope, state, marked_by AS markedBy, marked_at AS markedAt, note`;

export function markCause(ctx: SqlContext, { fingerprint, scope, state, audit }: CauseMarkRequest): CauseMark | null {
  auditStore(ctx, audit, `cause ${fingerprint}`);
  if (state === null) {
    ctx.run("DELETE FROM cause_mark WHERE scope = ? AND fingerprint = ?", scope, fingerprint);
    return null;
  }
  const mark = { fingerprint, scope, state, markedBy: audit.actor.id, markedAt: ctx.wallMs, note: audit.reason };
  ctx.run(
    `INSERT INTO cause_mark (scope, fingerprint, state, marked_by, marked_at, note) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (scope, fingerprint) DO UPDATE SET
       state = excluded.state, marked_by = excluded.marked_by, marked_at = excluded.marked_at, note = excluded.note`,
    scope,
    fingerprint,
    state,
    mark.markedBy,
    mark.markedAt,
    mark.note,
  );
  return mark;
}

export function listCauseMarks(ctx: SqlContext, scopes: readonly string[]): CauseMark[] {
  return ctx.all<CauseMark>(
    `SELECT ${COLUMNS} FROM cause_mark WHERE scope IN (SELECT value FROM json_each(?))
      ORDER BY marked_at DESC, fingerprint LIMIT ?`,
    JSON.stringify(scopes),
    CAUSE_MARKS_MAX,
  );
}
