/** Retention policy: what may be removed automatically, and which policies are invalid. */
import { DURATION_MAX_DAYS } from "./duration.js";
import { isFinished, type RunStatus } from "./run-status.js";

/** What supervisors remove automatically. */
export interface RetentionPolicy {
  /** Age in days after which finished runs are removed. No default: nothing is removed unless a policy is set. */
  readonly days: number;
  /** States whose runs are removed. Default: all finished states. */
  readonly statuses?: readonly ("completed" | "failed" | "cancelled")[] | undefined;
  /** Number of the newest runs of each workflow to keep whatever their age. Default 0. */
  readonly keepLast?: number | undefined;
  /** Age in days after which audit entries are removed. Default 365. */
  readonly auditDays?: number | undefined;
}

/**
 * Retention of a new store unless another is configured. Failed and cancelled runs are examined within a quarter or
 * never; completed ones are results and stay. Stores of earlier versions keep everything.
 */
export const NEW_STORE_RETENTION: RetentionPolicy = { days: 90, statuses: ["failed", "cancelled"] };

const FIELDS = ["days", "statuses", "keepLast", "auditDays"];
/** Describes an invalid number of days; null if it is valid. */
function findDaysProblem(field: string, value: unknown): string | null {
  if (!(typeof value === "number" && value > 0)) return `retention.${field}: a number of days over 0 is expected`;
  if (value <= DURATION_MAX_DAYS) return null;
  return `retention.${field}: at most ${DURATION_MAX_DAYS} days (10 years) are expected, ${value} was given`;
}

/** Describes the first invalid field; null if the policy is valid. */
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
