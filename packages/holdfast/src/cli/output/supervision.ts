/** Retention and supervisors in words: for `stats` and `doctor`. Pure. */
import { plural, type RetentionPolicy } from "@holdfast/core";
import type { Statistics } from "@holdfast/engine";
import { formatRelative } from "./time.js";

export function wordRetention(policy: RetentionPolicy | null): string {
  if (policy === null) return "nothing is removed automatically";
  const { days, statuses, keepLast = 0, auditDays = 365 } = policy;
  const which = statuses === undefined ? "finished" : statuses.join(" and ");
  const kept = keepLast === 0 ? "" : `, except the last ${keepLast} of each workflow`;
  return `${which} runs over ${wordDays(days)}${kept}; audit entries over ${wordDays(auditDays)}`;
}

/** Fractions as they are given. */
export const wordDays = (days: number) => plural(days, "day");

/** Who looks after runs now; null when nobody does. */
export function wordSupervision(supervisor: Statistics["supervisor"], nowMs: number): string | null {
  const { lastScanAt, workers, supervisors } = supervisor;
  const scan = lastScanAt === null ? "none of them supervises" : `last scan ${formatRelative(lastScanAt, nowMs)}`;
  if (workers > 0) return `${plural(workers, "living worker")}, ${scan}`;
  if (supervisors === 0) return null;
  return `no worker is running, so queued runs wait (holdfast worker); ${plural(supervisors, "supervisor")}, ${scan}`;
}

export const NO_WORKER =
  "no worker is running: queued runs wait, and runs of dead workers stay as they are until you start a worker (holdfast worker) or call recover";
