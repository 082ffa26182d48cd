/** Counts, and rows of workers and of the audit, as the records of the core. */
import {
  type AuditRecord,
  type AuditState,
  parseStored,
  type RunCountGroup,
  type RunCounts,
  type RunStatus,
  type WorkerRecord,
} from "@holdfast/core";
import { toHolder } from "./decode.js";
import type { AuditRow, WorkerRow } from "./rows.js";

export interface CountsRow {
  readonly total: Readonly<Record<RunStatus, number>>;
  readonly groups: readonly RunCountGroup[];
  readonly supervised: { readonly recovered: number; readonly failed: number };
}

export function toRunCounts({ total, groups, supervised }: CountsRow): RunCounts {
  const { queued, running, waiting, paused, completed, failed, cancelled } = total;
  return {
    active: { queued, running, waiting, paused },
    recent: { completed, failed, cancelled },
    groups,
    supervised,
  };
}

export function toWorker(row: WorkerRow): WorkerRecord {
  return {
    holder: toHolder(row),
    workflows: parseStored(row.workflows, `worker ${row.name}: its workflows`),
    concurrency: row.concurrency,
    executing: row.executing,
    isSupervising: row.is_supervising === 1,
    lastScanAt: row.last_scan_at,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    silentForMs: row.silent_ms,
  };
}

export function toAudit(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    at: row.at,
    actor: { id: row.actor, via: row.via, requestId: row.request_id },
    action: row.action,
    reason: row.reason,
    runId: row.run_id,
    workflow: row.workflow,
    owner: row.owner,
    before: row.before === null ? null : parseStored<AuditState>(row.before, `audit entry ${row.id}`),
    after: row.after === null ? null : parseStored<AuditState>(row.after, `audit entry ${row.id}`),
  };
}
