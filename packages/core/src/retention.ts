/** What may be removed without being asked, and when such a wish cannot be meant. */
import { DURATION_MAX_DAYS } from "./duration.js";
import { isFinished, type RunStatus } from "./run-status.js";

/** What supervisors remove of their own accord. */
export interface RetentionPolicy {
  /** Finished runs older than this are removed. Days; no default: nothing is removed unless it is said. */
  readonly days: number;
  /** Default: all finished states. */
  readonly statuses?: readonly ("completed" | "failed" | "cancelled")[] | undefined;
  /** Keep the newest so many of each workflow whatever their age. Default 0. */
  readonly keepLast?: number | undefined;
  /** Audit entries older than this are removed. Default 365. */
  readonly auditDays?: number | undefined;
}

/**
 * What a new store begins with, where nothing else is said: failed and cancelled runs are looked into within a quarter or never, and completed
 * ones are results. Stores of earlier versions keep everything.
 */
export const NEW_STORE_RETENTION: RetentionPolicy = { days: 90, statuses: ["failed", "cancelled"] };

const FIELDS = ["days", "statuses", "keepLast", "auditDays"];
/** What is wrong with a number of days; null when nothing is. */
function findDaysProblem(field: string, value: unknown): string | null {
  if (!(typeof value === "number" && value > 0)) return `retention.${field}: a number of days over 0 is expected`;
  if (value <= DURATION_MAX_DAYS) return null;
  return `retention.${field}: at most ${DURATION_MAX_DAYS} days (10 years) are expected, ${value} was given`;
}

/** The first thing wrong with it, naming the field; null when nothing is. */
export function findRetentionProblem(found: unknown): string | null {
  if (found === false) return null;
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    return "retention: an object such as { days: 30 } is expected";
  }
  const policy = found as Record<string, unknown>;
  const unknown = Object.keys(policy).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return `retention.${unknown}: there is no such field; there are ${FIELDS.join(", ")}`;
  const { days, keepLast = 0, auditDays = 1, statuses = [] } = policy;
  const problem = findDaysProblem("days", days) ?? findDaysProblem("auditDays", auditDays);
  if (problem !== null) return problem;
  if (!(Number.isInteger(keepLast) && (keepLast as number) >= 0)) {
    return "retention.keepLast: a whole number from 0 is expected";
  }
  if (!Array.isArray(statuses) || !statuses.every((status) => isFinished(status as RunStatus))) {
    return "retention.statuses: a list of completed, failed or cancelled is expected";
  }
  return null;
}
