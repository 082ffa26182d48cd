/**
 * Jobs that act on many runs, a few at a time. A job lives in this process: if the server stops, the job ends as aborted. Its actions
 * are in the audit log under the ID of the request that started it.
 */
import { randomBytes } from "node:crypto";
import { ManagementBusyError, PlanStaleError, RouteNotFoundError } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import type { BulkJob, BulkPlan } from "@holdfast/protocol";
import type { Caller } from "../roles.js";
import { type CarryOut, carryOut } from "./carry-out.js";
import type { BulkRun, KeptPlan } from "./plan.js";

const REFUSALS_TOLD_MAX = 20;
/** A person reads a preview, and answers a telephone call in between. */
const PLAN_LASTS_MS = 15 * 60_000;
const PLANS_MAX = 50;
/** Jobs that are over are told of until then. */
const OVER_JOBS_MAX = 50;

type State = { -readonly [K in keyof BulkJob]: BulkJob[K] } & { refusals: { runId: string; message: string }[] };

class Job {
  readonly abort = new AbortController();
  private readonly waiting = new Set<() => void>();

  constructor(readonly state: State) {}

  get isOver(): boolean {
    return this.state.state !== "running";
  }

  changed(): void {
    this.state.revision++;
    for (const wake of [...this.waiting]) wake();
  }

  /** Resolves after the next change, or when the time is over. */
  change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, withinMs);
      this.waiting.add(end);
    });
  }
}

export class BulkJobs {
  private readonly plans = new Map<string, KeptPlan & { readonly by: string; readonly until: number }>();
  private readonly jobs = new Map<string, Job>();

  constructor(
    private readonly nowMs: () => number,
    private readonly stopping: AbortSignal,
  ) {}

  keep(plan: KeptPlan, caller: Caller): BulkPlan {
    for (const [id, { until }] of this.plans) if (until < this.nowMs()) this.plans.delete(id);
    const [oldest] = this.plans.keys();
    if (this.plans.size >= PLANS_MAX && oldest !== undefined) this.plans.delete(oldest);
    this.plans.set(keyOf(caller, plan.view.planId), { ...plan, by: caller.id, until: this.nowMs() + PLAN_LASTS_MS });
    return plan.view;
  }

  /**
   * @throws {PlanStaleError} PLAN_STALE — nobody of this name was shown such a plan, or it was applied or forgotten.
   * @throws {ManagementBusyError} MANAGEMENT_BUSY — the caller has a job under way.
   */
  start(planId: string, caller: Caller, holdfast: Holdfast, reason: string | undefined): BulkJob {
    const plan = this.plans.get(keyOf(caller, planId));
    if (plan === undefined || plan.until < this.nowMs()) throw new PlanStaleError({ runId: null });
    for (const { state, isOver } of this.jobs.values()) {
      if (!isOver && state.by === caller.id)
        throw new ManagementBusyError({
          action: `the ${state.action} of many runs`,
          by: state.by,
          since: state.startedAt,
        });
    }
    this.plans.delete(keyOf(caller, planId));
    this.forgetOld();
    const job = new Job({
      jobId: `job-${randomBytes(8).toString("hex")}`,
      action: plan.view.action,
      state: "running",
      revision: 0,
      total: plan.runs.length,
      done: 0,
      refused: 0,
      refusals: [],
      by: caller.id,
      startedAt: this.nowMs(),
      finishedAt: null,
    });
    this.jobs.set(job.state.jobId, job);
    void this.work(job, plan.runs, { holdfast, act: plan.act, reason });
    return job.state;
  }

  /** @throws {RouteNotFoundError} NOT_FOUND — also for a job of somebody else's. */
  get(jobId: string, caller: Caller): BulkJob {
    return this.find(jobId, caller).state;
  }

  /** The job as it is once it is beyond `after`, or as it is then. */
  async wait(jobId: string, caller: Caller, { after, withinMs, apartMs }: WaitTerms): Promise<BulkJob> {
    const job = this.find(jobId, caller);
    // Not for each run of hundreds a second: an answer tells of all that was done since the one before.
    const until = performance.now() + withinMs;
    if (!job.isOver && job.state.revision <= after) await job.change(withinMs);
    while (!job.isOver && performance.now() < Math.min(until, until - withinMs + apartMs)) {
      await job.change(Math.max(1, until - withinMs + apartMs - performance.now()));
    }
    return job.state;
  }

  stop(jobId: string, caller: Caller): BulkJob {
    const job = this.find(jobId, caller);
    job.abort.abort();
    return job.state;
  }

  private find(jobId: string, caller: Caller): Job {
    const job = this.jobs.get(jobId);
    if (job !== undefined && (caller.role === "admin" || job.state.by === caller.id)) return job;
    throw new RouteNotFoundError({ path: `/api/bulk/jobs/${jobId}` });
  }

  private forgetOld(): void {
    const over = [...this.jobs].filter(([, job]) => job.isOver);
    for (const [id] of over.slice(0, Math.max(0, over.length - OVER_JOBS_MAX))) this.jobs.delete(id);
  }

  private async work(
    job: Job,
    runs: readonly BulkRun[],
    how: Pick<CarryOut, "holdfast" | "act" | "reason">,
  ): Promise<void> {
    const { state, abort } = job;
    await carryOut(runs, {
      ...how,
      isStopped: () => abort.signal.aborted || this.stopping.aborted,
      onRun: (runId, message) => {
        if (message === null) state.done++;
        else {
          state.refused++;
          if (state.refusals.length < REFUSALS_TOLD_MAX) state.refusals.push({ runId, message });
        }
        job.changed();
      },
    });
    state.state = state.done + state.refused < state.total ? "aborted" : "done";
    state.finishedAt = this.nowMs();
    job.changed();
  }
}

interface WaitTerms {
  readonly after: number;
  readonly withinMs: number;
  readonly apartMs: number;
}

/** Two callers may be shown the same plan. */
const keyOf = (caller: Caller, planId: string) => `${caller.id} ${planId}`;
