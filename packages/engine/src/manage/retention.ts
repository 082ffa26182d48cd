/**
 * What is removed without being asked: finished runs over their age, versions of datasets that no run needs, and old audit entries. Every supervisor looks once
 * an hour; whoever comes first does it, for the others nothing is left.
 */
import { findRetentionProblem, plural, type RetentionPolicy, WrongUseError } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import { finishedRuns, removeEach } from "./cleanup.js";
import { removeUnused, UnusedDatasets } from "./unused-datasets.js";

export const RETENTION_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const AUDIT_DAYS_DEFAULT = 365;
const AUDIT_ROWS = 1_000;

/** @throws {WrongUseError} WRONG_USE — naming the field. */
export function checkRetention(policy: RetentionPolicy): RetentionPolicy {
  const problem = findRetentionProblem(policy);
  if (problem !== null) throw new WrongUseError({ problem: `${problem}.` });
  return policy;
}

/** One round. Ends early when the signal aborts; the next round goes on. */
export async function retain(
  opened: Engine,
  policy: RetentionPolicy,
  supervisor: string,
  signal: AbortSignal,
): Promise<{ readonly count: number; readonly freedBytes: number }> {
  const { days, statuses, keepLast, auditDays = AUDIT_DAYS_DEFAULT } = policy;
  const reason = `retention of ${plural(days, "day")}`;
  const audit = { actor: { id: supervisor, via: "supervisor", requestId: null }, action: "cleanup", reason } as const;
  let count = 0;
  let freedBytes = 0;
  await removeEach(opened, finishedRuns(opened, { olderThanMs: days * DAY_MS, statuses, keepLast }), {
    audit,
    signal,
    onRemoved: (_, bytes) => {
      count += 1;
      freedBytes += bytes;
    },
  });
  if (!signal.aborted) {
    const unused = await UnusedDatasets.find(opened, days * DAY_MS);
    await removeUnused(opened, unused.versions, audit);
  }
  while (!signal.aborted && (await opened.deps.store.trimAudit(auditDays * DAY_MS, AUDIT_ROWS)) > 0);
  return { count, freedBytes };
}
