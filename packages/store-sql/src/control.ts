/**
 * A run's control state as one read, and the two things that are made of it in the transaction of a change: whether the
 * run is as the caller saw it, and the audit entry that tells of the change.
 */
import {
  type AuditStamp,
  type AuditState,
  type ChangeTerms,
  type ControlState,
  type RunChanged,
  type RunStatus,
  revisionOf,
  type WishKind,
} from "@holdfast/core";
import { STATUS_OF_PHASE } from "./live.js";
import { type Maybe, type Sql, type Steps, wait } from "./steps.js";

interface ControlRow {
  run_id: string;
  workflow: string;
  owner: string | null;
  created_at: number;
  final_status: RunStatus | null;
  phase: number | null;
  reason: string | null;
  generation: number;
  recoveries: number;
  retries: number;
  through: string | null;
  wish: WishKind | null;
  wish_reason: string | null;
  head: number;
  updated_at: number;
  token: number | null;
}

/** Whom an entry is about. */
interface Subject {
  readonly runId: string | null;
  readonly workflow: string | null;
  readonly owner: string | null;
}

type Control = ControlState & Subject;

const CONTROL_SQL = `
  SELECT r.run_id, w.name AS workflow, r.owner, r.created_at, r.final_status, l.phase,
         coalesce(l.reason, r.reason) AS reason, coalesce(l.generation, r.generation) AS generation,
         coalesce(l.recoveries, r.recoveries) AS recoveries, coalesce(l.retries, r.retries) AS retries,
         coalesce(l.through, r.through) AS through, l.wish, l.wish_reason,
         coalesce(l.next_seq - 1, r.head) AS head, coalesce(l.updated_at, r.updated_at) AS updated_at, l.token
    FROM run r LEFT JOIN run_live l USING (run_k) JOIN workflow w ON w.workflow_k = r.workflow_k
   WHERE r.run_id = ?`;

function* readControl(sql: Sql, runId: string): Steps<Control | null> {
  const row = yield* wait(sql.get<ControlRow>(CONTROL_SQL, runId));
  if (row === undefined) return null;
  const { workflow, owner, reason, generation, recoveries, retries, through, head } = row;
  return {
    ...{ runId, workflow, owner, reason, generation, recoveries, retries, through, head },
    createdAt: row.created_at,
    status: row.final_status ?? STATUS_OF_PHASE[row.phase ?? 0] ?? "queued",
    wish: row.wish === null ? null : { kind: row.wish, reason: row.wish_reason },
    updatedAt: row.updated_at,
    lease: row.token === null ? null : { token: row.token },
  };
}

/**
 * Change a run as the terms say: not at all when it is not as the caller saw it, and with an audit entry when `hasChanged`
 * says that there is something to tell. A change that answers a refusal has written nothing.
 */
export function* actOn<R>(
  sql: Sql,
  runId: string,
  terms: ChangeTerms,
  change: () => Maybe<R>,
  hasChanged: (result: R, before: Control) => boolean,
): Steps<R | RunChanged> {
  if (terms.ifRevision !== undefined) {
    const found = yield* readControl(sql, runId);
    const revision = found === null ? null : revisionOf(found);
    if (found !== null && revision !== null && revision !== terms.ifRevision) {
      return { kind: "changed", revision, status: found.status };
    }
  }
  return yield* audited(sql, runId, terms.audit, change, hasChanged);
}

export function* audited<R>(
  sql: Sql,
  runId: string,
  stamp: AuditStamp | null | undefined,
  change: () => Maybe<R>,
  hasChanged: (result: R, before: Control) => boolean,
): Steps<R> {
  const before = stamp ? yield* readControl(sql, runId) : null;
  const result = yield* wait(change());
  if (stamp && before !== null && hasChanged(result, before)) {
    yield* insertAudit(sql, stamp, before, stateOf(before), stateOf(yield* readControl(sql, runId)));
  }
  return result;
}

export function* auditCreated(sql: Sql, runId: string, stamp: AuditStamp | null | undefined): Steps<void> {
  if (!stamp) return;
  const made = yield* readControl(sql, runId);
  if (made !== null) yield* insertAudit(sql, stamp, made, null, stateOf(made));
}

/** What was denied: nothing changed, so there is no state after it. */
export function* appendAudit(
  sql: Sql,
  { stamp, runId }: { readonly stamp: AuditStamp; readonly runId: string | null },
): Steps<null> {
  const found = runId === null ? null : yield* readControl(sql, runId);
  yield* insertAudit(sql, stamp, found ?? { runId, workflow: null, owner: null }, stateOf(found), null);
  return null;
}

/** What was done to the store itself: about no run. `what` stands before the reason that was given. */
export function* auditStore(sql: Sql, stamp: AuditStamp, what: string): Steps<void> {
  const reason = stamp.reason === null ? what : `${what}: ${stamp.reason}`;
  yield* insertAudit(sql, { ...stamp, reason }, { runId: null, workflow: null, owner: null }, null, null);
}

function stateOf(control: Control | null): AuditState | null {
  if (control === null) return null;
  const { status, generation, recoveries, retries, wish } = control;
  return { status, generation, recoveries, retries, wish: wish?.kind ?? null };
}

function* insertAudit(
  sql: Sql,
  { actor, action, reason }: AuditStamp,
  { runId, workflow, owner }: Subject,
  before: AuditState | null,
  after: AuditState | null,
): Steps<void> {
  yield* wait(
    sql.run(
      `INSERT INTO audit (at, actor, via, request_id, action, reason, run_id, workflow, owner, before, after)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      sql.wallMs,
      actor.id,
      actor.via,
      actor.requestId,
      action,
      reason,
      runId,
      workflow,
      owner,
      before === null ? null : JSON.stringify(before),
      after === null ? null : JSON.stringify(after),
    ),
  );
}
