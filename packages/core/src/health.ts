/**
 * How a run is: whether it is stuck, and in words why, with what will happen or what can be done. Pure; the engine reads
 * the facts. What the supervisor would decide is asked of `decideRecovery`, so the two cannot say different things.
 */
import type { Progress } from "./progress.js";
import { decideRecovery, type RecoveryDecision, type RecoveryFacts, type RecoveryPolicy } from "./recovery.js";

/** A run without an idle timeout is called stuck after this long without progress at the least. */
const QUIET_MS = 10 * 60_000;
/** And after this many of its own typical intervals: a run that completes one item an hour is not stuck after two. */
const QUIET_INTERVALS = 10;

/** All that a run's health is judged from. Durations in milliseconds, by the store's clock. */
export interface HealthFacts {
  /** What `decideRecovery` is asked; for a queued or paused run its counts matter, the rest is false and 0. */
  readonly recovery: RecoveryFacts;
  readonly policy: RecoveryPolicy;
  readonly workflow: string;
  readonly holder: string | null;
  /** Why it is paused, in the record's words. */
  readonly reason: string | null;
  /** Until it may be claimed, or resumes by itself; null when there is no such time. */
  readonly wakeInMs: number | null;
  readonly progress: Progress;
  /** Since this execution began; null when the run was interrupted before, since then its pace is not known. */
  readonly uninterruptedForMs: number | null;
  /** Living workers that take runs of this workflow. */
  readonly workerCount: number;
  /** Living workers that supervise. */
  readonly supervisorCount: number;
}

/** The judgement. */
export interface HealthJudgement {
  /** Something is wrong that time alone will not mend. */
  readonly stuck: boolean;
  readonly stuckReason: string | null;
  /** Why it is in its state, in words; null where plain. */
  readonly reason: string | null;
  /** Share done, 0 to 100; null while the total is unknown. */
  readonly percent: number | null;
  readonly etaMs: readonly [low: number, high: number] | null;
  readonly recoveriesLeft: number;
  readonly retriesLeft: number;
}

/** Judge one run. */
export function judgeHealth(facts: HealthFacts): HealthJudgement {
  const { recovery, policy, progress } = facts;
  const stuckReason = findStuckReason(facts);
  return {
    stuck: stuckReason !== null,
    stuckReason,
    reason: wordReason(facts),
    percent: percentOf(progress),
    etaMs: etaOf(facts),
    recoveriesLeft: Math.max(0, policy.maxRecoveries - recovery.recoveries),
    retriesLeft: Math.max(0, policy.maxRetries - recovery.retries),
  };
}

function findStuckReason(facts: HealthFacts): string | null {
  switch (facts.recovery.status) {
    case "running":
      return stuckWhileRunning(facts);
    case "queued":
      return stuckInQueue(facts);
    default:
      return null; // paused waits for a person or a time; finished is finished
  }
}

function stuckWhileRunning(facts: HealthFacts): string | null {
  const decision = decideRecovery(facts.recovery, facts.policy);
  if (decision.action !== "none") {
    const who = facts.holder === null ? "" : ` (${facts.holder})`;
    return `${decision.reason}${who}; ${wordNext(decision, facts)}`;
  }
  // With a timeout the author has said how long a silence is normal; without one only its own pace can tell.
  const { idleTimeoutMs, defaulted } = facts.policy;
  return idleTimeoutMs === null || defaulted?.includes("idleTimeoutMs") ? stuckByPace(facts) : null;
}

function stuckByPace(facts: HealthFacts): string | null {
  const { idleForMs } = facts.recovery;
  const intervalMs = typicalIntervalMs(facts);
  if (intervalMs === null || idleForMs < Math.max(QUIET_MS, QUIET_INTERVALS * intervalMs)) return null;
  return (
    `no progress for ${wordDuration(idleForMs)}, although it recorded something every ${wordDuration(intervalMs)} before; ` +
    `its holder is alive, and ${wordPatience(facts)}: check its log, or pause and resume it`
  );
}

function wordPatience({ policy: { idleTimeoutMs }, supervisorCount }: HealthFacts): string {
  if (idleTimeoutMs === null) return "idleTimeoutMs is off, so nothing will happen automatically";
  const who = supervisorCount > 0 ? "the supervisor" : "its own process";
  return `the workflow sets no idleTimeoutMs, so ${who} will act after ${wordDuration(idleTimeoutMs)}`;
}

/** The mean time between recorded completions so far; null before there is a pace. */
function typicalIntervalMs({ progress, uninterruptedForMs, recovery }: HealthFacts): number | null {
  if (progress.ratePerS !== null && progress.ratePerS > 0) return 1_000 / progress.ratePerS;
  if (uninterruptedForMs === null || progress.done === 0) return null;
  // The silence itself is not part of the pace.
  return Math.max(0, uninterruptedForMs - recovery.idleForMs) / progress.done;
}

function stuckInQueue(facts: HealthFacts): string | null {
  if (facts.wakeInMs !== null && facts.wakeInMs > 0) return null;
  const decision = decideRecovery(facts.recovery, facts.policy);
  if (decision.action !== "none") return `${decision.reason}; ${wordNext(decision, facts)}`;
  if (facts.workerCount > 0) return null;
  return `queued, and no living worker takes runs of ${facts.workflow}: start one (holdfast worker)`;
}

const DOES = {
  resume: "queue it again",
  pause: "pause it for its user",
  fail: "fail it",
  cancel: "cancel it",
} as const;

function wordNext(decision: Exclude<RecoveryDecision, { action: "none" }>, facts: HealthFacts): string {
  const does = DOES[decision.action];
  return facts.supervisorCount > 0
    ? `the supervisor is about to ${does}`
    : `no supervisor is alive to ${does}: start a worker, or recover it yourself (holdfast recover)`;
}

function wordReason({ recovery, reason, wakeInMs }: HealthFacts): string | null {
  const waits = wakeInMs !== null && wakeInMs > 0 ? `resumes by itself in ${wordDuration(wakeInMs)}` : null;
  if (recovery.status === "queued") return waits ?? reason;
  if (recovery.status !== "paused") return reason;
  return `${reason ?? "paused"}; ${waits ?? "waits for a person to resume it"}`;
}

function percentOf({ done, total }: Progress): number | null {
  return total === null || total === 0 ? null : Math.min(100, Math.round((1_000 * done) / total) / 10);
}

/** The items' own range where there is one; else from stages at the pace so far, twice as long at the most. */
function etaOf({ recovery, policy, progress, uninterruptedForMs }: HealthFacts): HealthJudgement["etaMs"] {
  if (progress.etaMs !== null || recovery.status !== "running") return progress.etaMs;
  // Nobody works on a run that is to be recovered: its pace of before says nothing of when it ends.
  if (decideRecovery(recovery, policy).action !== "none") return null;
  const { done, total } = progress;
  if (uninterruptedForMs === null || total === null || done === 0 || done >= total) return null;
  // Stages differ more than items do: the mean is a guess, twice the mean a generous one.
  const meanMs = Math.round((uninterruptedForMs / done) * (total - done));
  return [meanMs, 2 * meanMs];
}

/** "40 s", "25 min", "3.5 h": for people, one unit. */
function wordDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 360_000) / 10} h`;
}
