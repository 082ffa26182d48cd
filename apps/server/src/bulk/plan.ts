/**
 * Previews an action on many runs: the runs it applies to, and those it skips, with the reasons. The plan keeps the revision of each
 * run, so that the job skips runs that have changed since the preview.
 */
import { createHash } from "node:crypto";
import { canAct, HoldfastError, type RunAct, RunNotFoundError } from "@holdfast/core";
import type { Holdfast, Only, RunListQuery, RunSummary } from "@holdfast/engine";
import type { BulkBody, BulkPlan } from "@holdfast/protocol";

/** A page of the list takes milliseconds; what is beyond is another job's. */
export const BULK_RUNS_MAX = 10_000;
const PAGE_COUNT = 500;
const TOLD_MAX = 20;
const EXAMPLES_MAX = 3;
/** Plans of resumes are made one by one. */
const ESTIMATED_MAX = 50;

export type BulkAction = BulkBody["action"];

/** What is done, and for a resume which items of finished maps are tried again. */
export interface BulkAct {
  readonly action: BulkAction;
  readonly only?: Only | undefined;
}

/** A run that the act is for, as it was seen. */
export interface BulkRun {
  readonly runId: string;
  readonly revision: string;
}

export interface KeptPlan {
  readonly view: BulkPlan;
  readonly act: BulkAct;
  readonly runs: readonly BulkRun[];
}

export type Which =
  | { readonly kind: "query"; readonly query: RunListQuery }
  | { readonly kind: "ids"; readonly ids: readonly string[]; readonly isOwn: (run: RunSummary) => boolean };

export async function planBulk(holdfast: Holdfast, act: BulkAct, which: Which, asOf: number): Promise<KeptPlan> {
  const { action, only } = act;
  const runs: BulkRun[] = [];
  const told: { runId: string; workflow: string; status: RunSummary["status"] }[] = [];
  const byStatus: Record<string, number> = {};
  const skipped = new Map<string, string[]>();
  let matched = 0;
  let isWhole = true;
  const skip = (runId: string, why: string) => skipped.set(why, [...(skipped.get(why) ?? []), runId]);
  const look = async (run: RunSummary) => {
    matched++;
    const why = whyNot(act, run) ?? (await whyNothing(holdfast, only, run));
    if (why !== null) return skip(run.id, why);
    runs.push({ runId: run.id, revision: run.revision });
    byStatus[run.status] = (byStatus[run.status] ?? 0) + 1;
    if (told.length < TOLD_MAX) told.push({ runId: run.id, workflow: run.workflow, status: run.status });
  };
  if (which.kind === "ids") {
    for (const id of new Set(which.ids)) {
      const run = await find(holdfast, id);
      if (run === null || !which.isOwn(run)) skip(id, "not found");
      else await look(run);
    }
  } else {
    let cursor: string | undefined;
    do {
      const page = await holdfast.runs.summaries({ ...which.query, limit: PAGE_COUNT, cursor });
      for (const run of page.rows) await look(run);
      cursor = page.next ?? undefined;
      isWhole = cursor === undefined;
    } while (cursor !== undefined && matched < BULK_RUNS_MAX);
  }
  const digest = createHash("sha256")
    .update(JSON.stringify([action, only ?? null, runs]))
    .digest("hex")
    .slice(0, 16);
  const view: BulkPlan = {
    planId: `bulk-${digest}`,
    action,
    only: only ?? null,
    asOf,
    matched,
    isWhole,
    count: runs.length,
    byStatus,
    skipped: [...skipped].map(([reason, ids]) => ({ reason, count: ids.length, examples: ids.slice(0, EXAMPLES_MAX) })),
    runs: told,
    estimate: action === "resume" ? await estimate(holdfast, only, runs.slice(0, ESTIMATED_MAX)) : null,
  };
  return { view, act, runs };
}

/** Why a run is left alone, in the words of a list; null where the act is for it. */
export function whyNot(
  { action, only }: BulkAct,
  { status, wish }: Pick<RunSummary, "status" | "wish">,
): string | null {
  if (action === "resume" && status === "queued") return "queued already";
  if (status === "running" && wish?.kind === action) return "asked for already";
  if (canAct(action satisfies RunAct, status)) return null;
  // Items of a finished map can be tried again.
  if (only !== undefined && only !== "missing" && status === "completed") return null;
  if (action === "pause" && status === "paused") return "paused already";
  if (action === "cancel" && status === "cancelled") return "cancelled already";
  if (status === "running") return action === "delete" ? "still running: cancel it first" : "running already";
  return status === "queued" || status === "waiting" || status === "paused" ? status : `${status}: it is over`;
}

/** Why a resume with these items would do nothing in a run; null where it may do something. */
async function whyNothing(holdfast: Holdfast, only: Only | undefined, run: RunSummary): Promise<string | null> {
  const [, kind, of] = /^(errors|cause)(?::(.+))?$/.exec(only ?? "") ?? [];
  if (kind === undefined) return null;
  if (run.progress.failed === 0) return "no item failed";
  if (of === undefined) return null;
  for (const { runId, stage, failed, errors } of await holdfast.runs.maps(run.id)) {
    if (failed === 0 || runId !== run.id) continue;
    if (kind === "errors" ? (errors[of] ?? 0) > 0 : await hasCause(holdfast, runId, stage, of)) return null;
  }
  return kind === "errors" ? `no item failed with ${of}` : "no item failed for this cause";
}

async function hasCause(holdfast: Holdfast, runId: string, stage: string, cause: string): Promise<boolean> {
  return (await holdfast.runs.items(runId, stage, { outcome: "error", cause, limit: 1 })).rows.length > 0;
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
async function estimate(
  holdfast: Holdfast,
  only: Only | undefined,
  runs: readonly BulkRun[],
): Promise<BulkPlan["estimate"]> {
  let calls: number | null = 0;
  let items: number | null = 0;
  let maybeCharged = 0;
  let costUsd: [number, number] | null = [0, 0];
  let made = 0;
  for (const { runId } of runs) {
    try {
      const plan = await holdfast.plan(runId, { only });
      if (plan.refusal !== null) continue;
      made++;
      maybeCharged += plan.maybeCharged;
      items = items === null || plan.items === null ? null : items + plan.items;
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
  return { runs: made, items, calls, costUsd, maybeCharged };
}
