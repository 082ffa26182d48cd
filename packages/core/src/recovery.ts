/**
 * The one decision about a run whose worker died, fell silent or is idle, or that no worker ever took. Pure. The
 * supervisor, the scan at startup, `recover` and `timeouts` with their `--check-only` all call it; only the writing
 * differs.
 */
import { isDuration } from "./duration.js";
import { plural } from "./plural.js";
import type { RunStatus } from "./run-status.js";

/** A workflow's policy for stalls, idleness and waiting. Stored with each run. */
export interface RecoveryPolicy {
  /**
   * What to do after a dead or silent holder: queue the run again, pause it for its user if something is recorded, or
   * fail it. Default "resume".
   */
  readonly onStall: "resume" | "pause" | "fail";
  /**
   * Maximum number of recoveries in a row; then the run fails. A recovery counts if the run's process executed nothing
   * else. A recorded outcome of a stage or an item, or a person, resets the count. Default 3.
   */
  readonly maxRecoveries: number;
  /** Maximum number of retries of a run that idled too long after it had made progress; then it fails. Default 2. */
  readonly maxRetries: number;
  /** Silence after which a holder counts as stale, in milliseconds. Default 30,000. */
  readonly stallAfterMs: number;
  /**
   * How long a living holder may make no progress, in milliseconds; null turns the check off. If a workflow leaves it
   * out, the default of the judging process applies: two hours unless configured.
   */
  readonly idleTimeoutMs: number | null;
  /** Interval of the idle check, in milliseconds. Default 300,000, or `idleTimeoutMs` if shorter. */
  readonly idleCheckMs: number;
  /**
   * How long a run may wait in the queue without ever being claimed before it fails, in milliseconds; null turns the
   * check off. Default null.
   */
  readonly startTimeoutMs: number | null;
  /**
   * Fields that the workflow left out and that the judging process fills in. Missing in policies recorded before such
   * defaults existed; those are used as they are.
   */
  readonly defaulted?: readonly DefaultedField[] | undefined;
}

/** Policy fields that only the judging process reads, so that it may have its own defaults for them. */
export const DEFAULTED_FIELDS = ["onStall", "maxRecoveries", "maxRetries", "idleTimeoutMs", "idleCheckMs"] as const;
/** One of `DEFAULTED_FIELDS`. */
export type DefaultedField = (typeof DEFAULTED_FIELDS)[number];

/** Defaults of a process for fields that a workflow leaves out: `defaults.recovery` in the configuration. */
export type RecoveryDefaults = { readonly [K in DefaultedField]?: RecoveryPolicy[K] | undefined };

/**
 * Default idle timeout: two hours without an outcome, an item, a checkpoint or progress. That is longer than a model or
 * a download takes for one of them, and short enough that a hung run does not occupy its worker overnight.
 */
export const IDLE_TIMEOUT_DEFAULT_MS = 2 * 3_600_000;

/** Returns the policy as this process applies it: fields that the workflow left out come from `defaults`. */
export function withDefaults(policy: RecoveryPolicy, defaults: RecoveryDefaults): RecoveryPolicy {
  const open = policy.defaulted ?? [];
  if (open.length === 0) return policy;
  const given = open.filter((field) => defaults[field] !== undefined).map((field) => [field, defaults[field]]);
  const filled: RecoveryPolicy = { ...policy, ...Object.fromEntries(given) };
  if (!open.includes("idleCheckMs")) return filled;
  return { ...filled, idleCheckMs: Math.min(filled.idleCheckMs, filled.idleTimeoutMs ?? Number.POSITIVE_INFINITY) };
}

/** Describes the first invalid default; null if all are valid. */
export function findDefaultsProblem(defaults: unknown): string | null {
  if (typeof defaults !== "object" || defaults === null || Array.isArray(defaults)) {
    return "an object is expected";
  }
  const unknown = Object.keys(defaults).find((field) => !(DEFAULTED_FIELDS as readonly string[]).includes(field));
  if (unknown !== undefined) return `there is no field ${unknown}: ${DEFAULTED_FIELDS.join(", ")} may be set`;
  return findPolicyProblem(defaults);
}

/** Policy of a workflow that declares none. */
export const RECOVERY_DEFAULTS: RecoveryPolicy = {
  onStall: "resume",
  maxRecoveries: 3,
  maxRetries: 2,
  stallAfterMs: 30_000, // five heartbeats of 5 s may be lost
  idleTimeoutMs: null, // filled in by the judging process (`withDefaults`): how long a silence is normal depends on where the run executes
  idleCheckMs: 5 * 60_000,
  startTimeoutMs: null, // waiting over a weekend without workers is no failure
};

/** Limits that a person may set for one check, in place of each run's policy. */
export type RecoveryLimits = {
  readonly [K in "idleTimeoutMs" | "maxRetries" | "maxRecoveries"]?: RecoveryPolicy[K] | undefined;
};

/** Returns the policy with other limits. Omitted or undefined limits keep the policy's values. */
export function withLimits(policy: RecoveryPolicy, limits: RecoveryLimits): RecoveryPolicy {
  const {
    idleTimeoutMs = policy.idleTimeoutMs,
    maxRetries = policy.maxRetries,
    maxRecoveries = policy.maxRecoveries,
  } = limits;
  return { ...policy, idleTimeoutMs, maxRetries, maxRecoveries };
}

/**
 * Describes the first invalid field of a policy or of limits; null if all are valid. Callers check limits where they
 * are given, so that a run never carries invalid ones.
 */
export function findPolicyProblem(policy: { readonly [K in keyof RecoveryPolicy]?: unknown }): string | null {
  const { onStall } = policy;
  if (onStall !== undefined && !(["resume", "pause", "fail"] as unknown[]).includes(onStall)) {
    return `onStall: "resume", "pause" or "fail" is expected, ${word(onStall)} was given`;
  }
  for (const [field, check, expected] of POLICY_FIELDS) {
    const value = policy[field];
    if (value !== undefined && !check(value)) return `${field}: ${expected} is expected, ${word(value)} was given`;
  }
  return null;
}

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const isTime = (value: unknown) => isDuration(value) && value > 0;
const isTimeOrNull = (value: unknown) => value === null || isTime(value);
// Below a second, a garbage collection or a slow disk looks like a death.
const isStallLimit = (value: unknown) => isDuration(value, 1_000);
const word = (value: unknown) => (typeof value === "string" ? `"${value}"` : String(value));

const POLICY_FIELDS: readonly [keyof RecoveryPolicy, (value: unknown) => boolean, expected: string][] = [
  ["maxRecoveries", isCount, "a whole number from 0"],
  ["maxRetries", isCount, "a whole number from 0"],
  ["stallAfterMs", isStallLimit, "a number of milliseconds of at least 1000 and at most 10 years"],
  ["idleTimeoutMs", isTimeOrNull, "a number of milliseconds over 0 and up to 10 years, or null for never,"],
  ["idleCheckMs", isTime, "a number of milliseconds over 0 and up to 10 years"],
  ["startTimeoutMs", isTimeOrNull, "a number of milliseconds over 0 and up to 10 years, or null for never,"],
];

/**
 * Returns whether a scan should check for idleness now, if the previous scan was at `lastMs`: the first scan does, and
 * then one per interval of `idleCheckMs`. No state is kept per run, so a thousand runs cost nothing.
 */
export function isIdleCheckDue(idleCheckMs: number, lastMs: number | null, nowMs: number): boolean {
  return lastMs === null || Math.floor(nowMs / idleCheckMs) > Math.floor(lastMs / idleCheckMs);
}

/** Facts for the decision. */
export interface RecoveryFacts {
  readonly status: RunStatus;
  readonly isHolderDead: boolean;
  readonly isLeaseExpired: boolean;
  /** Milliseconds since the last recorded stage, checkpoint, item or progress call. */
  readonly idleForMs: number;
  /** Recoveries charged since the run last recorded an outcome of a stage or an item. A checkpoint is no outcome. */
  readonly recoveries: number;
  readonly retries: number;
  /**
   * Whether the run is charged for the death or silence of its holder: no other run was in that process, or it is the
   * run's third death in a row (`DEATHS_UNCHARGED_MAX`). Not used while the holder lives.
   */
  readonly wasAlone: boolean;
  /** A stage, checkpoint or item is recorded, so there is something to resume from. */
  readonly hasRecord: boolean;
  /** Something was recorded since the last retry for idleness. */
  readonly hasProgressed: boolean;
  readonly wish: "pause" | "cancel" | "fail" | null;
  /**
   * For a queued run that no worker ever took: milliseconds since it could first have been claimed. Left out for every
   * other run.
   */
  readonly neverStartedForMs?: number | undefined;
}

/** Why a run is examined: its holder is gone, it makes no progress, or no worker ever took it. */
export type RecoveryCause = "stalled" | "idle" | "neverStarted";

/**
 * Deaths in a row for which a run is not charged if other runs were in its process. After that, every worker executes
 * it alone. If one did not, the run is charged anyway, so that no run can die endlessly.
 */
export const DEATHS_UNCHARGED_MAX = 2;

/** Returns the recoveries that count for the next decision. An outcome since the last recovery resets the count. */
export function countedRecoveries(run: { readonly recoveries: number; readonly deaths: number }): number {
  return run.deaths > 0 ? run.recoveries : 0;
}

/** What to do about a run, and why; `none` leaves it alone. */
export type RecoveryDecision =
  | { readonly action: "none"; readonly reason: string }
  | {
      readonly action: "resume" | "pause" | "fail" | "cancel";
      readonly reason: string;
      /**
       * What the decision uses up: a recovery (holder dead), a retry (idle) or nothing (a person's wish is applied).
       * "suspicion": the holder died with other runs in it, so no run is charged and each is tried again as a suspect.
       */
      readonly uses: "recovery" | "retry" | "suspicion" | "nothing";
      /** Wait before the run may be claimed again, in milliseconds. */
      readonly afterMs: number;
    };

/**
 * Returns the cause of a decision about these facts. As in the decision, a dead or silent holder takes precedence over
 * idleness.
 */
export function recoveryCause(facts: RecoveryFacts): RecoveryCause {
  if (facts.status === "queued") return "neverStarted";
  return facts.isHolderDead || facts.isLeaseExpired ? "stalled" : "idle";
}

/** 2, 4, 8 … seconds, at most a minute: a run that kills its workers must not spin, and an innocent one must not wait long. */
function recoveryDelayMs(recoveries: number): number {
  return Math.min(60_000, 1_000 * 2 ** (recoveries + 1));
}

/** Decides about one run. A dead or expired holder is judged before idleness; without either, nothing is done. */
export function decideRecovery(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryDecision {
  if (facts.status === "queued") return decideWaiting(facts, policy);
  if (facts.status !== "running") return { action: "none", reason: `the run is ${facts.status}` };
  if (facts.isHolderDead || facts.isLeaseExpired) return decideStalled(facts, policy);
  if (policy.idleTimeoutMs !== null && facts.idleForMs >= policy.idleTimeoutMs) return decideIdle(facts, policy);
  return { action: "none", reason: "the holder is alive" };
}

/**
 * Returns whether a decision about a dead or silent holder still holds, in the transaction that applies it. Another
 * supervisor may have been first, or the worker may have come back. A proven death stays proven; silence must persist.
 */
export function isStillStalled(
  found: { readonly token: number; readonly isHolderDead: boolean },
  now: { readonly status: RunStatus; readonly token: number; readonly isLeaseExpired: boolean },
): boolean {
  return now.status === "running" && now.token === found.token && (found.isHolderDead || now.isLeaseExpired);
}

function decideWaiting(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryDecision {
  const waitedMs = facts.neverStartedForMs;
  const limitMs = policy.startTimeoutMs ?? null; // not in policies recorded before there was one
  if (waitedMs === undefined || limitMs === null || waitedMs < limitMs) {
    return { action: "none", reason: "the run waits for a worker" };
  }
  const reason = `never started: no worker took it in ${seconds(waitedMs)}`;
  return { action: "fail", reason, uses: "nothing", afterMs: 0 };
}

function decideStalled(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryDecision {
  const what = facts.isHolderDead ? "the holder died" : "the holder fell silent";
  const found = facts.wasAlone ? what : `${what} with other runs in it`;
  const fail = (reason: string) => ({ action: "fail", reason, uses: "nothing", afterMs: 0 }) as const;
  // A wish that the dead worker could not carry out is applied now, and uses up nothing.
  if (facts.wish !== null) return { ...fail(`${found}; as asked`), action: facts.wish };
  if (policy.onStall === "fail") return fail(found);
  if (facts.wasAlone && facts.recoveries >= policy.maxRecoveries) {
    return fail(`recovered ${plural(facts.recoveries, "time")}`);
  }
  const uses = facts.wasAlone ? "recovery" : "suspicion";
  if (policy.onStall === "pause") {
    if (facts.hasRecord) return { action: "pause", reason: found, uses, afterMs: 0 };
    // If another run may have caused the death, a run with nothing recorded starts again, alone.
    if (facts.wasAlone) return fail(`${found} before anything was recorded`);
  }
  // The first proven death says nothing about the run itself, so resume at once. After silence, wait: the holder may
  // return.
  const afterMs = facts.isHolderDead && facts.recoveries === 0 ? 0 : recoveryDelayMs(facts.recoveries);
  return { action: "resume", reason: found, uses, afterMs };
}

function decideIdle(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryDecision {
  const found = `no progress for ${seconds(facts.idleForMs)}`;
  const fail = (reason: string) => ({ action: "fail", reason, uses: "nothing", afterMs: 0 }) as const;
  if (facts.wish !== null) return { ...fail(`${found}; as asked`), action: facts.wish };
  if (!facts.hasProgressed) return fail(`${found} since it started`);
  if (facts.retries >= policy.maxRetries) return fail(`${found}, retried ${plural(facts.retries, "time")}`);
  return { action: "resume", reason: found, uses: "retry", afterMs: 0 };
}

const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`;
