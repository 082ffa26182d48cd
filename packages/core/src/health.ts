/**
 * Health of a run: whether it is stuck, why, and what will happen or can be done about it. Pure; the engine reads the
 * facts. The supervisor's next action comes from `decideRecovery`, so the two always agree.
 */
import type { Progress } from "./progress.js";
import { decideRecovery, type RecoveryDecision, type RecoveryFacts, type RecoveryPolicy } from "./recovery.js";

/** Minimum time without progress after which a run without an idle timeout counts as stuck. */
const QUIET_MS = 10 * 60_000;
/** It must also be silent for this many typical intervals: a run that completes one item per hour is not stuck after two. */
const QUIET_INTERVALS = 10;

/** Facts from which a run's health is judged. Durations are in milliseconds, by the store's clock. */
export interface HealthFacts {
  /** Facts for `decideRecovery`. Of a queued or paused run only the counts matter; the rest is false and 0. */
  readonly recovery: RecoveryFacts;
  readonly policy: RecoveryPolicy;
  readonly workflow: string;
  readonly holder: string | null;
  /** Why it is paused, or on what it waits, as recorded. */
  readonly reason: string | null;
  /** Time until it may be claimed or resumes by itself; null if there is none. */
  readonly wakeInMs: number | null;
  readonly progress: Progress;
  /** Time since this execution began; null if the run was interrupted before, which makes its pace unknown. */
  readonly uninterruptedForMs: number | null;
  /** Living workers that take runs of this workflow. */
  readonly workerCount: number;
  /** Living workers that supervise. */
  readonly supervisorCount: number;
}

/** Judgement of a run's health. */
export interface HealthJudgement {
  /** Something is wrong that waiting alone will not fix. */
  readonly stuck: boolean;
  readonly stuckReason: string | null;
  /** Why the run is in its state, in words; null if that is plain. */
  readonly reason: string | null;
  /** Percentage done, 0 to 100; null while the total is unknown. */
  readonly percent: number | null;
  readonly etaMs: readonly [low: number, high: number] | null;
  readonly recoveriesLeft: number;
  readonly retriesLeft: number;
}

/** Judges one run. */
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
      return null; // a waiting run waits as its code says, a paused one for a person or a time; finished is final
  }
}

function stuckWhileRunning(facts: HealthFacts): string | null {
  const decision = decideRecovery(facts.recovery, facts.policy);
  if (decision.action !== "none") {
    const who = facts.holder === null ? "" : ` (${facts.holder})`;
    return `${decision.reason}${who}; ${wordNext(decision, facts)}`;
  }
  // A timeout says how long a silence is normal. Without one, only the run's own pace can tell.
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

/** Mean time between recorded completions so far; null if no pace is known. */
function typicalIntervalMs({ progress, uninterruptedForMs, recovery }: HealthFacts): number | null {
  if (progress.ratePerS !== null && progress.ratePerS > 0) return 1_000 / progress.ratePerS;
  if (uninterruptedForMs === null || progress.done === 0) return null;
  // The present silence is not part of the pace.
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
  if (recovery.status === "waiting") return wordWaiting({ recovery, reason, wakeInMs });
  if (recovery.status !== "paused") return reason;
  return `${reason ?? "paused"}; ${waits ?? "waits for a person to resume it"}`;
}

/** "waits for sleep cool-down since 2 h, until in 3 d". */
function wordWaiting({ recovery, reason, wakeInMs }: Pick<HealthFacts, "recovery" | "reason" | "wakeInMs">): string {
  const until = wakeInMs === null ? "" : `, at most ${wordDuration(Math.max(0, wakeInMs))} more`;
  return `waits for ${reason ?? "a wait"} since ${wordDuration(recovery.idleForMs)}${until}`;
}

function percentOf({ done, total }: Progress): number | null {
  return total === null || total === 0 ? null : Math.min(100, Math.round((1_000 * done) / total) / 10);
}

/** Remaining time: the items' own range if there is one, else an estimate from the stages' pace so far, up to twice as long. */
function etaOf({ recovery, policy, progress, uninterruptedForMs }: HealthFacts): HealthJudgement["etaMs"] {
  if (progress.etaMs !== null || recovery.status !== "running") return progress.etaMs;
  // No worker executes a run that awaits recovery, so its earlier pace does not predict its end.
  if (decideRecovery(recovery, policy).action !== "none") return null;
  const { done, total } = progress;
  if (uninterruptedForMs === null || total === null || done === 0 || done >= total) return null;
  // Stages differ more than items do: the mean is a guess, and twice the mean a generous one.
  const meanMs = Math.round((uninterruptedForMs / done) * (total - done));
  return [meanMs, 2 * meanMs];
}

/** Formats a duration with one unit: "40 s", "25 min", "3.5 h". */
function wordDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 360_000) / 10} h`;
}
