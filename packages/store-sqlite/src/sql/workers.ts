/** Workers as they report themselves: one row per holder, which goes when it ends well or was silent for a day. */
import { CLOCK_SLACK_MS, type Holder, type WorkerReport } from "@holdfast/core";
import type { WorkerRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { bootKey, holderKey } from "./names.js";

/** A worker that was not seen for this long is not worth a line any more. */
const FORGOTTEN_MS = 24 * 60 * 60_000;

/** Of another boot nothing is known but that it ended: silent since this one began, or for longer. */
const SILENT_MS = "CASE WHEN b.boot_id = ? AND v.seen_ms <= ? THEN ? - v.seen_ms ELSE max(?, ? - v.seen_at) END";
const silentValues = (ctx: SqlContext) =>
  [ctx.time.bootId, ctx.monotonicMs + CLOCK_SLACK_MS, ctx.monotonicMs, ctx.monotonicMs, ctx.wallMs] as const;

export function reportWorker(ctx: SqlContext, report: WorkerReport): null {
  const { holder, workflows, concurrency, executing, isSupervising, lastScanAt } = report;
  const now = ctx.wallMs;
  ctx.run(
    `INSERT INTO worker (holder_k, workflows, concurrency, executing, is_supervising, last_scan_at, started_at, seen_at,
                         boot_k, seen_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (holder_k) DO UPDATE SET workflows = excluded.workflows, concurrency = excluded.concurrency,
       executing = excluded.executing, is_supervising = excluded.is_supervising, last_scan_at = excluded.last_scan_at,
       seen_at = excluded.seen_at, boot_k = excluded.boot_k, seen_ms = excluded.seen_ms`,
    holderKey(ctx, holder),
    JSON.stringify(workflows),
    concurrency,
    executing,
    isSupervising ? 1 : 0,
    lastScanAt,
    now,
    now,
    bootKey(ctx),
    ctx.monotonicMs,
  );
  ctx.run(
    `DELETE FROM worker WHERE holder_k IN
       (SELECT v.holder_k FROM worker v JOIN boot b USING (boot_k) WHERE ${SILENT_MS} > ?)`,
    ...silentValues(ctx),
    FORGOTTEN_MS,
  );
  return null;
}

export function removeWorker(ctx: SqlContext, holder: Holder): null {
  ctx.run("DELETE FROM worker WHERE holder_k = ?", holderKey(ctx, holder));
  return null;
}

export function listWorkers(ctx: SqlContext): WorkerRow[] {
  return ctx
    .all<WorkerRow>(
      `SELECT h.name, h.host, h.pid, h.boot_id AS holder_boot_id, h.pid_namespace, h.process_start, v.workflows,
              v.concurrency, v.executing, v.is_supervising, v.last_scan_at, v.started_at, v.seen_at,
              ${SILENT_MS} AS silent_ms
         FROM worker v JOIN holder h USING (holder_k) JOIN boot b ON b.boot_k = v.boot_k
        ORDER BY v.started_at DESC, v.holder_k DESC`,
      ...silentValues(ctx),
    )
    .filter((row) => row.silent_ms <= FORGOTTEN_MS);
}
