/**
 * Previews an action on many runs: the runs it applies to, and those it skips, with the reasons. The plan keeps the revision of each
 * run, so that the job skips runs that have changed since the preview.
 */
import { createHash } from "node:crypto";
import { canAct, HoldfastError, type RunAct, RunNotFoundError } from "@holdfast/core";
import type { Holdfast, RunListQuery, RunSummary } from "@holdfast/engine";
import type { BulkBody, BulkPlan } from "@holdfast/protocol";

/** A page of the list takes milliseconds; what is beyond is another job's. */
export const BULK_RUNS_MAX = 10_000;
const PAGE_COUNT = 500;
const TOLD_MAX = 20;
const EXAMPLES_MAX = 3;
/** Plans of resumes are made one by one. */
const ESTIMATED_MAX = 20;

export type BulkAction = BulkBody["action"];

/** A run that the act is for, as it was seen. */
export interface BulkRun {
  readonly runId: string;
  readonly revision: string;
}

export interface KeptPlan {
  readonly view: BulkPlan;
  readonly runs: readonly BulkRun[];
}

export type Which =
  | { readonly kind: "query"; readonly query: RunListQuery }
  | { readonly kind: "ids"; readonly ids: readonly string[]; readonly isOwn: (run: RunSummary) => boolean };

export async function planBulk(holdfast: Holdfast, action: BulkAction, which: Which, asOf: number): Promise<KeptPlan> {
  const runs: BulkRun[] = [];
  const told: { runId: string; workflow: string; status: RunSummary["status"] }[] = [];
  const byStatus: Record<string, number> = {};
  const skipped = new Map<string, string[]>();
  let matched = 0;
  let isWhole = true;
  const skip = (runId: string, why: string) => skipped.set(why, [...(skipped.get(why) ?? []), runId]);
  const look = (run: RunSummary) => {
    matched++;
    const why = whyNot(action, run);
    if (why !== null) return skip(run.id, why);
    runs.push({ runId: run.id, revision: run.revision });
    byStatus[run.status] = (byStatus[run.status] ?? 0) + 1;
    if (told.length < TOLD_MAX) told.push({ runId: run.id, workflow: run.workflow, status: run.status });
  };
  if (which.kind === "ids") {
    for (const id of new Set(which.ids)) {
      const run = await find(holdfast, id);
      if (run === null || !which.isOwn(run)) skip(id, "not found");
      else look(run);
    }
  } else {
    let cursor: string | undefined;
    do {
      const page = await holdfast.runs.summaries({ ...which.query, limit: PAGE_COUNT, cursor });
      for (const run of page.rows) look(run);
      cursor = page.next ?? undefined;
      isWhole = cursor === undefined;
    } while (cursor !== undefined && matched < BULK_RUNS_MAX);
  }
  const digest = createHash("sha256")
    .update(JSON.stringify([action, runs]))
    .digest("hex")
    .slice(0, 16);
  const view: BulkPlan = {
    planId: `bulk-${digest}`,
    action,
    asOf,
    matched,
    isWhole,
    count: runs.length,
    byStatus,
    skipped: [...skipped].map(([reason, ids]) => ({ reason, count: ids.length, examples: ids.slice(0, EXAMPLES_MAX) })),
    runs: told,
    estimate: action === "resume" ? await estimate(holdfast, runs.slice(0, ESTIMATED_MAX)) : null,
  };
  return { view, runs };
}

/** Why a run is left alone, in the words of a list; null where the act is for it. */
export function whyNot(action: BulkAction, { status, wish }: Pick<RunSummary, "status" | "wish">): string | null {
  if (action === "resume" && status === "queued") return "queued already";
  if (status === "running" && wish?.kind === action) return "asked for already";
  if (canAct(action satisfies RunAct, status)) return null;
  if (action === "pause" && status === "paused") return "paused already";
  if (action === "cancel" && status === "cancelled") return "cancelled already";
  if (status === "running") return action === "delete" ? "still running: cancel it first" : "running already";
  return status === "queued" || status === "waiting" || status === "paused" ? status : `${status}: it is over`;
}

async function find(holdfast: Holdfast, runId: string): Promise<RunSummary | null> {
  try {
    return await holdfast.runs.summary(runId);
  } catch (error) {
    if (error instanceof RunNotFoundError) return null;
    throw error;
  }
}

/** What one plan cannot say, the sum cannot say either. */
async function estimate(holdfast: Holdfast, runs: readonly BulkRun[]): Promise<BulkPlan["estimate"]> {
  let calls: number | null = 0;
  let costUsd: [number, number] | null = [0, 0];
  let made = 0;
  for (const { runId } of runs) {
    try {
      const plan = await holdfast.plan(runId);
      if (plan.refusal !== null) continue;
      made++;
      for (const map of plan.maps) {
        calls = calls === null || map.calls === null ? null : calls + map.calls;
        const cost: readonly [number, number] | null = map.calls === 0 ? [0, 0] : map.costUsd;
        costUsd = costUsd === null || cost === null ? null : [costUsd[0] + cost[0], costUsd[1] + cost[1]];
      }
      if (plan.unknown.length > 0) calls = costUsd = null;
    } catch (error) {
      // A workflow that this server does not have, a run that is gone: the job will say so.
      if (!(error instanceof HoldfastError)) throw error;
    }
  }
  return { runs: made, calls, costUsd };
}
