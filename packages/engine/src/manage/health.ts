/** The health of runs: facts read from the store, judged by `judgeHealth` in core. */
import {
  countedRecoveries,
  type HealthFacts,
  judgeHealth,
  type RunActivity,
  type RunPage,
  type RunRecord,
  type RunStatus,
  type WorkerRecord,
  withDefaults,
} from "@holdfast/core";
import { isHolderDead } from "../base/identity.js";
import { type Engine, requireRun } from "../opened/engine.js";
import { listLivingWorkers } from "../opened/workers.js";
import type { HealthView, LastErrorView } from "./facade.js";

const PAGE_COUNT = 200;
/** A failure and the activity noted with it are read from two clocks. */
const ACTIVITY_SLACK_MS = 50;
const LIMIT = { default: 100, max: 500 } as const;

/** @throws {RunNotFoundError} RUN_NOT_FOUND */
export async function healthOf(opened: Engine, runId: string): Promise<HealthView> {
  const run = await requireRun(opened, runId);
  const [workers, activity] = await Promise.all([
    listLivingWorkers(opened),
    opened.deps.store.listActivityOf([run.id]),
  ]);
  return view(opened, run, activity.get(run.id), workers);
}

/** Active runs: those that are stuck first, then those that were quiet for longest. */
export async function healthOfActive(
  opened: Engine,
  query: {
    readonly owner?: string | undefined;
    readonly workflow?: string | undefined;
    readonly limit?: number | undefined;
  },
): Promise<readonly HealthView[]> {
  const limit = Math.max(1, Math.min(query.limit ?? LIMIT.default, LIMIT.max));
  const workers = await listLivingWorkers(opened);
  let kept: HealthView[] = [];
  for (const status of ["running", "queued", "waiting", "paused"] as const) {
    for await (const page of activePages(opened, status, query)) {
      const activity = await opened.deps.store.listActivityOf(page.map(({ id }) => id));
      kept.push(...page.map((run) => view(opened, run, activity.get(run.id), workers)));
      // Only what is shown is kept, however many there are.
      kept = worstFirst(kept).slice(0, limit);
    }
  }
  return kept;
}

/** All that run or are queued: what is stuck may stand behind thousands that are not. Of the waiting and the paused, which never are, the newest. */
async function* activePages(
  opened: Engine,
  status: RunStatus,
  { owner, workflow }: { readonly owner?: string | undefined; readonly workflow?: string | undefined },
): AsyncIterable<readonly RunRecord[]> {
  for (let cursor: string | undefined; ; ) {
    const page: RunPage = await opened.deps.store.listRuns({ status, owner, workflow, limit: PAGE_COUNT, cursor });
    yield page.rows;
    if (page.next === null || status === "paused" || status === "waiting") return;
    cursor = page.next;
  }
}

function worstFirst(views: readonly HealthView[]): HealthView[] {
  return [...views].sort((a, b) => Number(b.stuck) - Number(a.stuck) || b.idleMs - a.idleMs);
}

function view(
  opened: Engine,
  run: RunRecord,
  activity: RunActivity | undefined,
  workers: readonly WorkerRecord[],
): HealthView {
  const nowMs = opened.deps.clock.nowMs();
  // A finished run, or one that ended since it was read, has its last activity in its record.
  const idleMs = activity?.idleForMs ?? Math.max(0, nowMs - run.updatedAt);
  const judgement = judgeHealth(factsOf(opened, run, { running: activity?.running ?? null, workers, nowMs, idleMs }));
  return {
    runId: run.id,
    workflow: run.workflow,
    status: run.status,
    reason: judgement.reason,
    progress: run.progress,
    percent: judgement.percent,
    ageMs: Math.max(0, nowMs - run.createdAt),
    idleMs,
    lastActivityAt: nowMs - idleMs,
    stuck: judgement.stuck,
    stuckReason: judgement.stuckReason,
    etaMs: judgement.etaMs,
    timeoutAt: timeoutAtOf(opened, run, nowMs - idleMs),
    recoveriesLeft: judgement.recoveriesLeft,
    retriesLeft: judgement.retriesLeft,
    lastError: lastErrorOf(run, nowMs - idleMs),
    lease: run.lease,
  };
}

function lastErrorOf(run: RunRecord, lastActivityAt: number): LastErrorView | null {
  const { lastError, lastErrorAt: at } = run;
  if (lastError === null) return null;
  const { message, code } = lastError;
  const isRetried = at !== null && isTriedAgain(run, at, lastActivityAt);
  return { message, ...(code === undefined ? {} : { code }), at, isRetried };
}

/** Nothing was recorded since the error, and the run works on, waits for a worker or for its time. */
function isTriedAgain(run: RunRecord, at: number, lastActivityAt: number): boolean {
  const { status, lease, updatedAt, wakeAt, lastError } = run;
  switch (status) {
    case "queued":
      return at >= updatedAt - ACTIVITY_SLACK_MS;
    case "running": {
      // A claim counts as activity; one that follows a recovery is the new try.
      const isRecovered = lastError?.name === "RunRecoveredError" && lease !== null && lease.since >= at;
      return lastActivityAt <= (isRecovered ? lease.since : at) + ACTIVITY_SLACK_MS;
    }
    case "waiting":
      return true;
    case "paused":
      return wakeAt !== null;
    default:
      return false;
  }
}

/** When a living run counts as idle: what its record does not know where the workflow says nothing. */
function timeoutAtOf(opened: Engine, run: RunRecord, lastActivityAt: number): number | null {
  const { idleTimeoutMs } = withDefaults(run.policy, opened.recoveryDefaults);
  if (run.timeoutAt !== null || run.status !== "running" || idleTimeoutMs === null) return run.timeoutAt;
  return lastActivityAt + idleTimeoutMs;
}

interface Seen {
  readonly running: RunActivity["running"];
  readonly workers: readonly WorkerRecord[];
  readonly nowMs: number;
  readonly idleMs: number;
}

function factsOf(opened: Engine, run: RunRecord, { running, workers, nowMs, idleMs }: Seen): HealthFacts {
  const isNeverStarted = run.status === "queued" && run.startedAt === null;
  const { retries, startedAt, lease } = run;
  return {
    recovery: {
      status: run.status,
      isLeaseExpired: false,
      idleForMs: idleMs,
      recoveries: countedRecoveries(run),
      retries,
      wasAlone: false,
      hasRecord: false,
      hasProgressed: false,
      wish: run.wish?.kind ?? null,
      ...(isNeverStarted ? { neverStartedForMs: idleMs } : {}),
      ...running?.facts,
      isHolderDead: running !== null && isHolderDead(opened.deps, running.lease),
    },
    policy: withDefaults(run.policy, opened.recoveryDefaults),
    workflow: run.workflow,
    holder: lease?.holder ?? null,
    reason: run.reason,
    wakeInMs: run.wakeAt === null ? null : run.wakeAt - nowMs,
    progress: run.progress,
    // The first lease is as old as the execution: nothing interrupted it.
    uninterruptedForMs:
      startedAt !== null && lease !== null && lease.since - startedAt < 1_000 ? Math.max(0, nowMs - startedAt) : null,
    workerCount: workers.filter(({ workflows }) => workflows.includes(run.workflow)).length,
    supervisorCount: workers.filter(({ isSupervising }) => isSupervising).length,
  };
}
