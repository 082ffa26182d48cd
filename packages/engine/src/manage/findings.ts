/**
 * Which runs there is something to decide about: running ones whose holder died, fell silent or that idle too long, and
 * queued ones that nobody ever took. Decided here by `decideRecovery`, written by `carry-out.ts`.
 */
import {
  decideRecovery,
  type Holder,
  type LeaseFacts,
  RECOVERY_DEFAULTS,
  type RecoveryCause,
  type RecoveryDecision,
  type RecoveryFacts,
  type RecoveryLimits,
  type RecoveryPolicy,
  type RunId,
  type RunningFacts,
  recoveryCause,
  type WaitingRun,
  withDefaults,
  withLimits,
} from "@holdfast/core";
import { hashJson } from "../base/hash.js";
import type { Engine } from "../opened/engine.js";
import type { LeftRun, ManagedRun } from "./facade.js";

const PAGE_COUNT = 200;

/** What a scan looks at, and by which limits it judges. */
export interface ScanScope {
  readonly runId?: string | undefined;
  readonly limits?: RecoveryLimits | undefined;
  /** Judge as if no recoveries and retries were used yet. */
  readonly isAfresh?: boolean | undefined;
  /** Only findings of these causes; default all. */
  readonly causes?: readonly RecoveryCause[] | undefined;
  /** Whether idleness is judged by this scan for runs of this policy; default it is. */
  readonly isIdleJudged?: ((policy: RecoveryPolicy) => boolean) | undefined;
  /** Told of each run that is left alone, as it is looked at; left out, nothing is worded for them. */
  readonly onLeft?: ((left: LeftRun) => void) | undefined;
}

/** One run about which something is decided and nothing written yet. */
export interface Finding extends ManagedRun {
  readonly runId: RunId;
  /** Of the lease that was judged; 0 for a run that nobody ever took. */
  readonly token: number;
  /** What the decision counted; null for a run that nobody ever took. */
  readonly deaths: number | null;
  readonly decision: Exclude<RecoveryDecision, { action: "none" }>;
  /** What the idleness, or the wait for a worker, was judged by. */
  readonly limitMs: number | null;
}

export interface ScanResult {
  readonly scanned: number;
  readonly findings: readonly Finding[];
}

/** Everything there is to decide now, in the order of run ids. */
export async function findRecoveries(opened: Engine, look: ScanScope = {}): Promise<ScanResult> {
  const { store } = opened.deps;
  const findings: Finding[] = [];
  let scanned = 0;
  const isDead = rememberDeaths(opened.deps.isProvenDead);
  const isAsked = ({ cause }: Finding) => look.causes === undefined || look.causes.includes(cause);
  for await (const running of runningRuns(opened, look.runId)) {
    scanned += 1;
    const judged = { ...running, policy: withDefaults(running.policy, opened.recoveryDefaults) };
    // A process that waits to give a lease back charges nobody for it: the scan may find the store free before the report does.
    const isHandedBack = opened.deps.late.isHandingBack(running.lease);
    const finding = isHandedBack ? null : judgeRunning(judged, isDead(running.lease), look);
    if (finding !== null && isAsked(finding)) findings.push(finding);
    else look.onLeft?.(leftAlone(judged, isHandedBack ? "its holder is giving it back" : wordLeft(finding), look));
  }
  if (look.causes !== undefined && !look.causes.includes("neverStarted")) return { scanned, findings };
  for await (const waiting of pages((after) => store.listNeverStarted({ after, limit: PAGE_COUNT }), waitingId)) {
    if (look.runId !== undefined && waiting.runId !== look.runId) continue;
    scanned += 1;
    const finding = judgeWaiting(waiting);
    if (finding !== null) findings.push(finding);
  }
  findings.sort((a, b) => (a.runId < b.runId ? -1 : 1));
  return { scanned, findings };
}

async function* runningRuns({ deps: { store } }: Engine, runId: string | undefined): AsyncIterable<RunningFacts> {
  if (runId === undefined) return yield* pages((after) => store.listRunning({ after, limit: PAGE_COUNT }), runningId);
  const running = await store.getRunningFacts(runId);
  if (running !== null) yield running;
}

const runningId = (running: RunningFacts) => running.lease.runId;
const waitingId = (waiting: WaitingRun) => waiting.runId;

async function* pages<T>(
  list: (after: RunId | null) => Promise<readonly T[]>,
  idOf: (row: T) => RunId,
): AsyncIterable<T> {
  for (let after: RunId | null = null; ; ) {
    const page = await list(after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_COUNT) return;
    after = idOf(last);
  }
}

function judgeRunning(
  { lease, facts, policy, deaths }: RunningFacts,
  isHolderDead: boolean,
  look: ScanScope,
): Finding | null {
  const isIdleJudged = look.isIdleJudged?.(policy) ?? true;
  const limited = withLimits(policy, { ...look.limits, ...(isIdleJudged ? {} : { idleTimeoutMs: null }) });
  const all = { ...facts, isHolderDead, ...(look.isAfresh ? { recoveries: 0, retries: 0 } : {}) };
  const decision = decideRecovery(all, limited);
  if (decision.action === "none") return null;
  const cause = recoveryCause(all);
  const { runId, workflow, holder, token } = lease;
  const { action, reason } = decision;
  const limitMs = cause === "idle" ? limited.idleTimeoutMs : null;
  return { runId, workflow, holder, isHolderDead, cause, action, reason, token, deaths, decision, limitMs };
}

/** A finding that a look is not about: `recover` decides what `checkTimeouts` leaves. */
const wordLeft = (finding: Finding | null) =>
  finding === null ? "the holder is alive" : `${finding.reason}; not a matter of timeouts`;

function leftAlone({ lease, facts, policy }: RunningFacts, reason: string, look: ScanScope): LeftRun {
  const { runId, workflow, holder } = lease;
  const { idleTimeoutMs } = withLimits(policy, look.limits ?? {});
  return { runId, workflow, holder, reason, idleForMs: facts.idleForMs, idleTimeoutMs };
}

const QUEUED_FACTS: RecoveryFacts = {
  status: "queued",
  isHolderDead: false,
  isLeaseExpired: false,
  idleForMs: 0,
  recoveries: 0,
  retries: 0,
  wasAlone: false,
  hasRecord: false,
  hasProgressed: false,
  wish: null,
};

function judgeWaiting({ runId, workflow, waitingForMs, startTimeoutMs }: WaitingRun): Finding | null {
  const facts = { ...QUEUED_FACTS, neverStartedForMs: waitingForMs };
  const decision = decideRecovery(facts, { ...RECOVERY_DEFAULTS, startTimeoutMs });
  if (decision.action === "none") return null;
  const { action, reason } = decision;
  return {
    runId,
    workflow,
    holder: null,
    isHolderDead: false,
    cause: recoveryCause(facts),
    action,
    reason,
    token: 0,
    deaths: null,
    decision,
    limitMs: startTimeoutMs,
  };
}

/** The kernel is asked once for each holder, not once for each of its thousand runs. */
function rememberDeaths(isProvenDead: (holder: Holder) => boolean): (lease: LeaseFacts) => boolean {
  const known = new Map<string, boolean>();
  return ({ isHolderGone, holderIdentity: holder }) => {
    if (isHolderGone === true) return true;
    const key = JSON.stringify(holder);
    let isDead = known.get(key);
    if (isDead === undefined) {
      isDead = isProvenDead(holder);
      known.set(key, isDead);
    }
    return isDead;
  };
}

/** The same as long as nothing moved: over who holds what and what is decided, not over the seconds that pass. */
export function planIdOf(findings: readonly Finding[]): string {
  return hashJson(findings.map(({ runId, token, cause, action }) => [runId, token, cause, action])).slice(0, 32);
}

export function toManagedRun({ runId, workflow, holder, isHolderDead, cause, action, reason }: Finding): ManagedRun {
  return { runId, workflow, holder, isHolderDead, cause, action, reason };
}
