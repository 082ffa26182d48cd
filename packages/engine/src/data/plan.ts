/**
 * What a resume would keep, redo, call and cost, before it is done. Made from the store alone: no user code runs. Applied
 * only if nothing moved since: the digest is over all that the plan was made of.
 */
import { type MapState, PlanStaleError, type RunId, type RunRecord, type StageHistory } from "@holdfast/core";
import type { How, Plan, PlanMap } from "../facade.js";
import { hashJson } from "../hash.js";
import type { Opened } from "../operate/opened.js";
import { requireRun, requireWorkflow } from "../operate/opened.js";
import { codeDrift } from "../operate/resume.js";
import { parseRedo, type Redo } from "./map/selection.js";

export async function makePlan(opened: Opened, runId: RunId, how: How): Promise<Plan> {
  const { store } = opened.deps;
  const run = await requireRun(opened, runId);
  const workflow = requireWorkflow(opened, run.workflow);
  const [history, states] = await Promise.all([store.loadHistory(runId), store.listMaps(runId)]);
  const redo = parseRedo(how.only ?? null);
  const maps = await Promise.all(states.map((state) => planMap(opened, run, state, redo)));
  const drift = codeDrift(run, workflow);
  const { keeps, redoes } = planStages(run, history, maps);
  const sum = (of: (map: PlanMap) => number) => maps.reduce((total, map) => total + of(map), 0);
  const itemCalls = sum((map) => map.calls);
  return {
    runId,
    keeps,
    redoes,
    drift,
    maps,
    itemCalls,
    maybeCharged: sum((map) => map.maybeCharged),
    costUsd: [round(sum((map) => map.costUsd[0])), round(sum((map) => map.costUsd[1]))],
    timeMs: timeOf(maps),
    digest: hashJson({
      how: { only: how.only, through: how.through },
      run: fingerprint(run),
      drift,
      maps,
      keeps,
      redoes,
    }),
  };
}

/** What must not have moved between a plan and its application. */
const fingerprint = ({ id, status, generation, head }: RunRecord) => ({ id, status, generation, head });

async function planMap(opened: Opened, run: RunRecord, state: MapState, redo: Redo | null): Promise<PlanMap> {
  const { store } = opened.deps;
  const { stage } = state;
  const done = state.okCount + state.errorCount;
  const missing = state.total === null ? null : Math.max(0, state.total - done);
  const errors = await store.countErrors(run.id, stage);
  const stale = await countStale(opened, run.id, state);
  const maybeCharged = (await store.listOpenIntents(run.id, stage)).length;
  const calls = callsOf(redo, { missing, errors, stale });
  const averageUsd = done === 0 ? 0 : state.costUsd / done;
  // A repeat may cost more than the average: longer texts fail more often. Half again is a bound, not a promise.
  const costUsd = [calls * averageUsd, calls * averageUsd * 1.5] as const;
  const activeMs = (state.finishedAt ?? run.updatedAt) - state.startedAt;
  const perItemMs = done === 0 ? null : activeMs / done;
  return {
    stage,
    keep: done - (redo === null ? 0 : calls),
    missing,
    errors,
    stale,
    maybeCharged,
    calls,
    costUsd,
    timeMs: perItemMs === null ? null : Math.round(perItemMs * calls),
  };
}

function callsOf(
  redo: Redo | null,
  counts: {
    readonly missing: number | null;
    readonly errors: Readonly<Record<string, number>>;
    readonly stale: number;
  },
): number {
  if (redo === null) return counts.missing ?? 0;
  switch (redo.kind) {
    case "errors":
      return redo.category === null
        ? Object.values(counts.errors).reduce((total, count) => total + count, 0)
        : (counts.errors[redo.category] ?? 0);
    case "stale":
      return counts.stale;
    case "keys":
      return redo.keys.length;
  }
}

/** Results made under another config than the map has now. Counted by pages: staleness is rare, and then it is news. */
async function countStale(opened: Opened, runId: RunId, state: MapState): Promise<number> {
  let count = 0;
  for (let after: string | undefined; ; ) {
    const page = await opened.deps.store.listItems(runId, state.stage, {
      staleTo: state.configHash,
      after,
      limit: 500,
    });
    count += page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < 500) return count;
    after = last.key;
  }
}

/** Stages whose record answers, and those that run: without a record, a map with calls to make, and all after one. */
function planStages(
  run: RunRecord,
  history: readonly StageHistory[],
  maps: readonly PlanMap[],
): { readonly keeps: readonly string[]; readonly redoes: readonly string[] } {
  const recorded = new Set(history.filter(({ record }) => record?.outcome === "completed").map(({ stage }) => stage));
  const calling = new Set(maps.filter((map) => map.calls > 0).map((map) => map.stage));
  const names = (run.stages ?? []).map(({ name }) => name).filter((name) => !name.includes("*"));
  const all = [...new Set([...names, ...recorded])];
  const keeps = all.filter((name) => recorded.has(name) && !calling.has(name));
  return { keeps, redoes: all.filter((name) => !keeps.includes(name)) };
}

function timeOf(maps: readonly PlanMap[]): number | null {
  const times = maps.filter((map) => map.calls > 0).map((map) => map.timeMs);
  if (times.some((time) => time === null)) return null;
  return times.reduce<number>((total, time) => total + (time ?? 0), 0);
}

const round = (usd: number) => Math.round(usd * 1e6) / 1e6;

/** @throws {PlanStaleError} PLAN_STALE — when the same plan made now would have another digest. */
export async function applyPlan(opened: Opened, runId: RunId, how: How & { plan?: Plan | undefined }): Promise<void> {
  if (how.plan === undefined) return;
  const now = await makePlan(opened, runId, how);
  if (now.digest !== how.plan.digest) throw new PlanStaleError({ runId });
}
