/**
 * The one decision about a run whose worker died, fell silent or idles. Pure: the supervisor, the scan at start-up,
 * `recover` and `timeouts` with their `--check-only` all call it; only the writing differs.
 */
import type { RunStatus } from "./run.js";

/** What a workflow's author says about stalls and idleness; kept with each run. */
export interface RecoveryPolicy {
  /** After a dead or silent holder: queue the run again, or pause it for its user. */
  readonly onStall: "resume" | "pause";
  /** Recoveries of a dead holder without a person in between; then the run fails. */
  readonly maxRecoveries: number;
  /** Retries of a run that idled too long after it had made progress; then it fails. */
  readonly maxRetries: number;
  /** Silence after which a holder counts as stale. */
  readonly stallAfterMs: number;
  /** Alive but without progress for this long: judged; null is off. */
  readonly idleTimeoutMs: number | null;
  /** How often idleness is looked at. */
  readonly idleCheckMs: number;
}

/** The policy of a workflow that says nothing. */
export const RECOVERY_DEFAULTS: RecoveryPolicy = {
  onStall: "resume",
  maxRecoveries: 3,
  maxRetries: 2,
  stallAfterMs: 30_000, // five heartbeats of 5 s may be lost
  idleTimeoutMs: null, // slow is not dead: only the workflow's author knows how long a silence is normal
  idleCheckMs: 5 * 60_000,
};

/** All that the decision is made from. */
export interface RecoveryFacts {
  readonly status: RunStatus;
  readonly isHolderDead: boolean;
  readonly isLeaseExpired: boolean;
  /** Since the last recorded stage, checkpoint, item or progress call. */
  readonly idleForMs: number;
  readonly recoveries: number;
  readonly retries: number;
  /** A stage, checkpoint or item is recorded: there is something to resume from. */
  readonly hasRecord: boolean;
  /** Something was recorded since the last retry for idleness. */
  readonly hasProgressed: boolean;
  readonly wish: "pause" | "cancel" | "fail" | null;
}

/** What is to be done about a run, and why; `none` leaves it alone. */
export type RecoveryDecision =
  | { readonly action: "none"; readonly reason: string }
  | {
      readonly action: "resume" | "pause" | "fail" | "cancel";
      readonly reason: string;
      /** What is used up: a recovery (holder dead), a retry (idle) or nothing (a person's wish carried out). */
      readonly uses: "recovery" | "retry" | "nothing";
      /** Wait before the run may be claimed again. */
      readonly afterMs: number;
    };

/** 2, 4, 8 … seconds, a minute at the most: a poisonous run must not spin, a lucky one must not wait. */
function recoveryDelayMs(recoveries: number): number {
  return Math.min(60_000, 1_000 * 2 ** (recoveries + 1));
}

/** Decide about one run. A dead or expired holder is judged before idleness; without either nothing is done. */
export function decideRecovery(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryDecision {
  if (facts.status !== "running") return { action: "none", reason: `the run is ${facts.status}` };
  if (facts.isHolderDead || facts.isLeaseExpired) return decideStalled(facts, policy);
  if (policy.idleTimeoutMs !== null && facts.idleForMs >= policy.idleTimeoutMs) return decideIdle(facts, policy);
  return { action: "none", reason: "the holder is alive" };
}

function decideStalled(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryDecision {
  const found = facts.isHolderDead ? "the holder died" : "the holder fell silent";
  // A wish that the dead worker did not live to obey is carried out now, and uses up nothing.
  if (facts.wish !== null) return { action: facts.wish, reason: `${found}; as asked`, uses: "nothing", afterMs: 0 };
  if (facts.recoveries >= policy.maxRecoveries) {
    return { action: "fail", reason: `recovered ${facts.recoveries} times`, uses: "nothing", afterMs: 0 };
  }
  if (policy.onStall === "pause") {
    return facts.hasRecord
      ? { action: "pause", reason: found, uses: "recovery", afterMs: 0 }
      : { action: "fail", reason: `${found} before anything was recorded`, uses: "nothing", afterMs: 0 };
  }
  // Proven death says nothing about the run itself the first time: go on at once. Silence waits, in case it returns.
  const afterMs = facts.isHolderDead && facts.recoveries === 0 ? 0 : recoveryDelayMs(facts.recoveries);
  return { action: "resume", reason: found, uses: "recovery", afterMs };
}

function decideIdle(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryDecision {
  const found = `no progress for ${Math.round(facts.idleForMs / 1_000)} s`;
  if (facts.wish !== null) return { action: facts.wish, reason: `${found}; as asked`, uses: "nothing", afterMs: 0 };
  if (!facts.hasProgressed) return { action: "fail", reason: `${found} since it started`, uses: "nothing", afterMs: 0 };
  if (facts.retries >= policy.maxRetries) {
    return { action: "fail", reason: `${found}, retried ${facts.retries} times`, uses: "nothing", afterMs: 0 };
  }
  return { action: "resume", reason: found, uses: "retry", afterMs: 0 };
}
