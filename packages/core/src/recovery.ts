/**
 * The one decision about a run whose worker died, fell silent or idles, or that nobody ever took. Pure: the supervisor,
 * the scan at start-up, `recover` and `timeouts` with their `--check-only` all call it; only the writing differs.
 */
import { isDuration } from "./duration.js";
import { plural } from "./plural.js";
import type { RunStatus } from "./run-status.js";

/** What a workflow's author says about stalls, idleness and waiting; kept with each run. */
export interface RecoveryPolicy {
  /** After a dead or silent holder: queue the run again, pause it for its user where something is recorded, or fail it. Default "resume". */
  readonly onStall: "resume" | "pause" | "fail";
  /**
   * Recoveries in a row: of a run whose holder died while it executed nothing else, without a recorded outcome of a stage or
   * an item, or a person, in between. Then the run fails. Default 3.
   */
  readonly maxRecoveries: number;
  /** Retries of a run that idled too long after it had made progress; then it fails. Default 2. */
  readonly maxRetries: number;
  /** Silence after which a holder counts as stale, in milliseconds. Default 30,000. */
  readonly stallAfterMs: number;
  /**
   * How long a living holder may make no progress, in milliseconds; null is off. A workflow that leaves it out is judged by the
   * default of the process that judges, two hours where nothing is configured.
   */
  readonly idleTimeoutMs: number | null;
  /** How often idleness is judged, in milliseconds. Default 300,000, or a shorter `idleTimeoutMs`. */
  readonly idleCheckMs: number;
  /** How long a run may be queued without any worker ever claiming it before it fails, in milliseconds; null is off. Default null. */
  readonly startTimeoutMs: number | null;
  /**
   * Fields that the workflow left out and the judging process fills in. Not in policies recorded before there was such a
   * default: those are taken as they are.
   */
  readonly defaulted?: readonly DefaultedField[] | undefined;
}

/** Fields of the policy that only the judge reads, so that its process may have defaults for them. */
export const DEFAULTED_FIELDS = ["onStall", "maxRecoveries", "maxRetries", "idleTimeoutMs", "idleCheckMs"] as const;
/** One of them. */
export type DefaultedField = (typeof DEFAULTED_FIELDS)[number];

/** What a process judges by where a workflow says nothing: `defaults.recovery` of the configuration. */
export type RecoveryDefaults = { readonly [K in DefaultedField]?: RecoveryPolicy[K] | undefined };

/**
 * Two hours without an outcome, an item, a checkpoint or progress: longer than a model or a download takes for one of them,
 * and short enough that a hung run does not keep its worker's place overnight.
 */
export const IDLE_TIMEOUT_DEFAULT_MS = 2 * 3_600_000;

/** The policy as this process judges by it: what the workflow left out is filled in from `defaults`. */
export function withDefaults(policy: RecoveryPolicy, defaults: RecoveryDefaults): RecoveryPolicy {
  const open = policy.defaulted ?? [];
  if (open.length === 0) return policy;
  const given = open.filter((field) => defaults[field] !== undefined).map((field) => [field, defaults[field]]);
  const filled: RecoveryPolicy = { ...policy, ...Object.fromEntries(given) };
  if (!open.includes("idleCheckMs")) return filled;
  return { ...filled, idleCheckMs: Math.min(filled.idleCheckMs, filled.idleTimeoutMs ?? Number.POSITIVE_INFINITY) };
}

/** The first thing wrong with such defaults, in words; null when nothing is. */
export function findDefaultsProblem(defaults: unknown): string | null {
  if (typeof defaults !== "object" || defaults === null || Array.isArray(defaults)) {
    return "an object is expected";
  }
  const unknown = Object.keys(defaults).find((field) => !(DEFAULTED_FIELDS as readonly string[]).includes(field));
  if (unknown !== undefined) return `there is no field ${unknown}: ${DEFAULTED_FIELDS.join(", ")} may be set`;
  return findPolicyProblem(defaults);
}

/** The policy of a workflow that says nothing. */
export const RECOVERY_DEFAULTS: RecoveryPolicy = {
  onStall: "resume",
  maxRecoveries: 3,
  maxRetries: 2,
  stallAfterMs: 30_000, // five heartbeats of 5 s may be lost
  idleTimeoutMs: null, // filled in by who judges (`withDefaults`): how long a silence is normal depends on where it runs
  idleCheckMs: 5 * 60_000,
  startTimeoutMs: null, // runs wait over a weekend without workers, and that is no failure
};

/** What a person may set for one look, in place of what each run's policy says. */
export type RecoveryLimits = {
  readonly [K in "idleTimeoutMs" | "maxRetries" | "maxRecoveries"]?: RecoveryPolicy[K] | undefined;
};

/** The policy with other limits; what is left out or undefined stays. */
export function withLimits(policy: RecoveryPolicy, limits: RecoveryLimits): RecoveryPolicy {
  const {
    idleTimeoutMs = policy.idleTimeoutMs,
    maxRetries = policy.maxRetries,
    maxRecoveries = policy.maxRecoveries,
  } = limits;
  return { ...policy, idleTimeoutMs, maxRetries, maxRecoveries };
}

/**
 * The first thing wrong with a policy or with limits, in words; null when nothing is. Limits are checked where they are
 * given, so that a run never carries what cannot be meant.
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
// Below a second a garbage collection or a slow disk looks like a death.
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
 * Whether idleness is to be judged by a scan now, when the scan before was at `lastMs`: once in each interval of
 * `idleCheckMs`, and by the first scan. Nothing is kept for a run, so a thousand runs cost nothing.
 */
export function isIdleCheckDue(idleCheckMs: number, lastMs: number | null, nowMs: number): boolean {
  return lastMs === null || Math.floor(nowMs / idleCheckMs) > Math.floor(lastMs / idleCheckMs);
}

/** All that the decision is made from. */
export interface RecoveryFacts {
  readonly status: RunStatus;
  readonly isHolderDead: boolean;
  readonly isLeaseExpired: boolean;
  /** Since the last recorded stage, checkpoint, item or progress call. */
  readonly idleForMs: number;
  /** Charged since the run last recorded an outcome of a stage or an item; a checkpoint is none. */
  readonly recoveries: number;
  readonly retries: number;
  /**
   * Whether the run has to answer for the death or silence of its holder: no other run was in that process, or it is its third
   * death in a row (`DEATHS_UNCHARGED_MAX`). Not asked while the holder lives.
   */
  readonly wasAlone: boolean;
  /** A stage, checkpoint or item is recorded: there is something to resume from. */
  readonly hasRecord: boolean;
  /** Something was recorded since the last retry for idleness. */
  readonly hasProgressed: boolean;
  readonly wish: "pause" | "cancel" | "fail" | null;
  /** A queued run that no worker ever took: since it could first have been claimed. Left out for every other run. */
  readonly neverStartedForMs?: number | undefined;
}

/** Why a run is looked at: its holder is gone, it makes no progress, or nobody ever took it. */
export type RecoveryCause = "stalled" | "idle" | "neverStarted";

/**
 * Deaths in a row that a run is not charged for because others were in its process. From here on every worker executes it
 * alone; should one not, it is charged all the same, so that no run can die for ever.
 */
export const DEATHS_UNCHARGED_MAX = 2;

/** Recoveries that count for the next decision: an outcome since the last one begins the count anew. */
export function countedRecoveries(run: { readonly recoveries: number; readonly deaths: number }): number {
  return run.deaths > 0 ? run.recoveries : 0;
}

/** What is to be done about a run, and why; `none` leaves it alone. */
export type RecoveryDecision =
  | { readonly action: "none"; readonly reason: string }
  | {
      readonly action: "resume" | "pause" | "fail" | "cancel";
      readonly reason: string;
      /**
       * What is used up: a recovery (holder dead), a retry (idle) or nothing (a person's wish carried out). "suspicion": the
       * holder died with other runs in it, so that none is charged and each is tried again under suspicion.
       */
      readonly uses: "recovery" | "retry" | "suspicion" | "nothing";
      /** Wait before the run may be claimed again. */
      readonly afterMs: number;
    };

/** What a decision about these facts is about; a dead or silent holder goes before idleness, as it does in the decision. */
export function recoveryCause(facts: RecoveryFacts): RecoveryCause {
  if (facts.status === "queued") return "neverStarted";
  return facts.isHolderDead || facts.isLeaseExpired ? "stalled" : "idle";
}

/** 2, 4, 8 … seconds, a minute at the most: a poisonous run must not spin, a lucky one must not wait. */
function recoveryDelayMs(recoveries: number): number {
  return Math.min(60_000, 1_000 * 2 ** (recoveries + 1));
}

/** Decide about one run. A dead or expired holder is judged before idleness; without either nothing is done. */
export function decideRecovery(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryDecision {
  if (facts.status === "queued") return decideWaiting(facts, policy);
  if (facts.status !== "running") return { action: "none", reason: `the run is ${facts.status}` };
  if (facts.isHolderDead || facts.isLeaseExpired) return decideStalled(facts, policy);
  if (policy.idleTimeoutMs !== null && facts.idleForMs >= policy.idleTimeoutMs) return decideIdle(facts, policy);
  return { action: "none", reason: "the holder is alive" };
}

/**
 * Whether what was decided about a dead or silent holder still holds, asked in the transaction that carries it out: another
 * may have been quicker, or the worker came back. A proof of death stays one; silence must still last.
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
  // A wish that the dead worker did not live to obey is carried out now, and uses up nothing.
  if (facts.wish !== null) return { ...fail(`${found}; as asked`), action: facts.wish };
  if (policy.onStall === "fail") return fail(found);
  if (facts.wasAlone && facts.recoveries >= policy.maxRecoveries) {
    return fail(`recovered ${plural(facts.recoveries, "time")}`);
  }
  const uses = facts.wasAlone ? "recovery" : "suspicion";
  if (policy.onStall === "pause") {
    if (facts.hasRecord) return { action: "pause", reason: found, uses, afterMs: 0 };
    // Where it may be a neighbor's fault, a run with nothing to lose is begun again, alone.
    if (facts.wasAlone) return fail(`${found} before anything was recorded`);
  }
  // Proven death says nothing about the run itself the first time: go on at once. Silence waits, in case it returns.
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
