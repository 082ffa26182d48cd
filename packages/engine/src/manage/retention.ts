/**
 * What is removed without being asked: finished runs over their age, and old audit entries. Every supervisor looks once
 * an hour; whoever comes first does it, for the others nothing is left.
 */
import { WrongUseError } from "@holdfast/core";
import type { Opened } from "../operate/opened.js";
import { finishedRuns, removeRun } from "./cleanup.js";
import type { RetentionPolicy } from "./facade.js";

export const RETENTION_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const AUDIT_DAYS_DEFAULT = 365;
const AUDIT_ROWS = 1_000;

/** @throws {WrongUseError} WRONG_USE — naming the field. */
export function checkRetention(policy: RetentionPolicy): RetentionPolicy {
  const refuse = (field: string, expected: string, given: unknown): never => {
    throw new WrongUseError({ problem: `retention.${field}: ${expected} is expected, ${String(given)} was given.` });
  };
  const { days, keepLast = 0, auditDays = AUDIT_DAYS_DEFAULT, statuses } = policy;
  if (!(Number.isFinite(days) && days > 0)) refuse("days", "a number of days over 0", days);
  if (!(Number.isInteger(keepLast) && keepLast >= 0)) refuse("keepLast", "a whole number from 0", keepLast);
  if (!(Number.isFinite(auditDays) && auditDays > 0)) refuse("auditDays", "a number of days over 0", auditDays);
  for (const status of statuses ?? []) {
    if (!["completed", "failed", "cancelled"].includes(status)) {
      refuse("statuses", "completed, failed or cancelled", status);
    }
  }
  return policy;
}

/** One round. Ends early when the signal aborts; the next round goes on. */
export async function retain(
  opened: Opened,
  policy: RetentionPolicy,
  supervisor: string,
  signal: AbortSignal,
): Promise<{ readonly count: number; readonly freedBytes: number }> {
  const { days, statuses, keepLast, auditDays = AUDIT_DAYS_DEFAULT } = policy;
  const reason = `retention of ${days} days`;
  const audit = { actor: { id: supervisor, via: "supervisor", requestId: null }, action: "cleanup", reason } as const;
  let count = 0;
  let freedBytes = 0;
  for await (const run of finishedRuns(opened, { olderThanMs: days * DAY_MS, statuses, keepLast })) {
    if (signal.aborted) break;
    const bytes = await removeRun(opened, run, audit);
    if (bytes === null) continue;
    count += 1;
    freedBytes += bytes;
  }
  while (!signal.aborted && (await opened.deps.store.trimAudit(auditDays * DAY_MS, AUDIT_ROWS)) > 0);
  return { count, freedBytes };
}
