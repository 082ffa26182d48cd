/** Workers as they report themselves: one row per holder, which goes when it ends well or was silent for a day. */
import type { Holder, WorkerReport } from "@holdfast/core";
import type { WorkerRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { holderKey } from "./names.js";

/** A worker that was not seen for this long is not worth a line any more. */
const FORGOTTEN_MS = 24 * 60 * 60_000;

export async function reportWorker(ctx: SqlContext, report: WorkerReport): Promise<null> {
  const { holder, workflows, concurrency, executing, isSupervising, lastScanAt } = report;
  await ctx.run(
    `INSERT INTO worker (holder_k, workflows, concurrency, executing, is_supervising, last_scan_at, started_at, seen_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
     ON CONFLICT (holder_k) DO UPDATE SET workflows = excluded.workflows, concurrency = excluded.concurrency,
       executing = excluded.executing, is_supervising = excluded.is_supervising, last_scan_at = excluded.last_scan_at,
       seen_at = excluded.seen_at`,
    ...[await holderKey(ctx, holder), JSON.stringify(workflows), concurrency, executing, isSupervising ? 1 : 0],
    ...[lastScanAt, ctx.wallMs],
  );
  await ctx.run("DELETE FROM worker WHERE seen_at < ?", ctx.wallMs - FORGOTTEN_MS);
  return null;
}

export async function removeWorker(ctx: SqlContext, holder: Holder): Promise<null> {
  await ctx.run("DELETE FROM worker WHERE holder_k = ?", await holderKey(ctx, holder));
  return null;
}

export function listWorkers(ctx: SqlContext): Promise<WorkerRow[]> {
  return ctx.all<WorkerRow>(
    `SELECT h.name, h.host, h.pid, h.boot_id AS holder_boot_id, h.pid_namespace, h.process_start, v.workflows,
            v.concurrency, v.executing, v.is_supervising, v.last_scan_at, v.started_at, v.seen_at,
            greatest(0, ?1::bigint - v.seen_at) AS silent_ms
       FROM worker v JOIN holder h USING (holder_k)
      WHERE v.seen_at >= ?1::bigint - ${FORGOTTEN_MS} ORDER BY v.started_at DESC, v.holder_k DESC`,
    ctx.wallMs,
  );
}
