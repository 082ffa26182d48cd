/**
 * What a resume would keep, redo, call and cost, before it is done. Made from the store alone; only under a changed input
 * the workflow function is called, without any of its stages, to see what it changes (`rehearse.ts`). Applied only if
 * nothing moved since: the digest is over all that the plan was made of, the changed input included.
 */
import {
  type ItemRecord,
  type MapState,
  PlanStaleError,
  type RunId,
  type RunRecord,
  type StageHistory,
} from "@holdfast/core";
import type { How, Plan, PlanMap } from "../facade.js";
import { hashJson } from "../hash.js";
import { changedInput } from "../input/parse-input.js";
import type { Opened } from "../operate/opened.js";
import { requireRun, requireWorkflow } from "../operate/opened.js";
import { codeDrift } from "../operate/resume.js";
import { changedSources } from "./check-sources.js";
import { type ListedKeys, sortListedKeys } from "./listed-keys.js";
import { parseRedo, type Redo } from "./map/selection.js";
import { rehearse } from "./rehearse.js";

/** Enough unknown keys to see what is wrong with the list. */
const UNKNOWN_KEYS_MAX = 20;

/** What a person asked for, as far as it decides which items are called. */
interface Wish {
  readonly redo: Redo | null;
  readonly listed: ListedKeys | null;
  /** What is stale is made again, beside what `redo` names. */
  readonly isRedoingStale: boolean;
}

export async function makePlan(opened: Opened, runId: RunId, how: How): Promise<Plan> {
  const { store } = opened.deps;
  const run = await requireRun(opened, runId);
  const workflow = requireWorkflow(opened, run.workflow);
  const [history, states] = await Promise.all([store.loadHistory(runId), store.listMaps(runId)]);
  const input = await changedInput(store, run, workflow, how.input);
  const given: RunRecord = input === null ? run : { ...run, input: JSON.parse(input.plainJson ?? "null") as unknown };
  const changed = input === null ? null : await rehearse(opened.deps, workflow, given, { history, maps: states });
  const redo = parseRedo(how.only ?? null);
  const listed = redo?.kind === "keys" ? await sortListedKeys(store, runId, states, redo.keys) : null;
  const wish: Wish = { redo, listed, isRedoingStale: how.accept === "redo" };
  const maps = await Promise.all(
    states.map((state) => {
      const configHash = changed?.configHashes.get(state.stage) ?? state.configHash;
      return planMap(opened, run, { ...state, configHash }, wish);
    }),
  );
  const sources = await changedSources(store, runId);
  const drift = [...codeDrift(run, workflow), ...sources.drift, ...(changed?.drift ?? [])];
  const isRedoing = how.accept === "redo";
  const outdated = new Set(isRedoing ? [...(changed?.outdated ?? []), ...sources.stages] : []);
  const { keeps, redoes } = planStages(run, history, maps, outdated);
  const sum = (of: (map: PlanMap) => number) => maps.reduce((total, map) => total + of(map), 0);
  const itemCalls = sum((map) => map.calls);
  const unknown = listed?.unknown ?? [];
  return {
    runId,
    keeps,
    redoes,
    drift,
    maps,
    itemCalls,
    maybeCharged: sum((map) => map.maybeCharged),
    unknownKeys: { count: unknown.length, first: unknown.slice(0, UNKNOWN_KEYS_MAX) },
    costUsd: [round(sum((map) => map.costUsd[0])), round(sum((map) => map.costUsd[1]))],
    timeMs: timeOf(maps),
    digest: hashJson({
      how: { only: how.only, through: how.through, accept: how.accept, input: input?.texts.inputJson ?? null },
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

async function planMap(opened: Opened, run: RunRecord, state: MapState, wish: Wish): Promise<PlanMap> {
  const { store } = opened.deps;
  const { stage } = state;
  const done = state.okCount + state.errorCount;
  const missing = state.total === null ? null : Math.max(0, state.total - done);
  const errors = await store.countErrors(run.id, stage);
  const stale = await countStale(opened, run.id, state, wish.redo);
  const maybeCharged = (await store.listOpenIntents(run.id, stage)).length;
  const asked = callsOf(wish, { stage, missing, errors, stale: stale.all });
  const staleAgain = wish.isRedoingStale && wish.redo?.kind !== "stale" ? stale.unasked : 0;
  const calls = asked + staleAgain;
  const replaced = wish.redo === null ? 0 : (wish.listed?.byMap.get(stage)?.withResult ?? asked);
  const averageUsd = done === 0 ? 0 : state.costUsd / done;
  // A repeat may cost more than the average: longer texts fail more often. Half again is a bound, not a promise.
  const costUsd = [calls * averageUsd, calls * averageUsd * 1.5] as const;
  const activeMs = (state.finishedAt ?? run.updatedAt) - state.startedAt;
  const perItemMs = done === 0 ? null : activeMs / done;
  return {
    stage,
    keep: done - replaced - staleAgain,
    missing,
    errors,
    stale: stale.all,
    maybeCharged,
    calls,
    costUsd,
    timeMs: perItemMs === null ? null : Math.round(perItemMs * calls),
  };
}

function callsOf(
  { redo, listed }: Wish,
  counts: {
    readonly stage: string;
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
      return listed?.byMap.get(counts.stage)?.items ?? 0;
  }
}

/**
 * Results made under another config than the map will have, and those of them that are not asked for anyway. Counted by
 * pages: staleness is rare, and then it is news.
 */
async function countStale(
  opened: Opened,
  runId: RunId,
  state: MapState,
  redo: Redo | null,
): Promise<{ readonly all: number; readonly unasked: number }> {
  const listed = redo?.kind === "keys" ? new Set(redo.keys) : null;
  const isAsked = ({ key, outcome, category }: ItemRecord) =>
    listed?.has(key) === true ||
    (redo?.kind === "errors" && outcome === "error" && (redo.category === null || redo.category === category));
  let all = 0;
  let unasked = 0;
  for (let after: string | undefined; ; ) {
    const page = await opened.deps.store.listItems(runId, state.stage, {
      staleTo: state.configHash,
      after,
      limit: 500,
    });
    all += page.length;
    unasked += page.filter((record) => !isAsked(record)).length;
    const last = page.at(-1);
    if (last === undefined || page.length < 500) return { all, unasked };
    after = last.key;
  }
}

/** Stages whose record answers, and those that run: without a record, with one that no longer fits, or with calls to make. */
function planStages(
  run: RunRecord,
  history: readonly StageHistory[],
  maps: readonly PlanMap[],
  outdated: ReadonlySet<string>,
): { readonly keeps: readonly string[]; readonly redoes: readonly string[] } {
  const recorded = new Set(history.filter(({ record }) => record?.outcome === "completed").map(({ stage }) => stage));
  const calling = new Set(maps.filter((map) => map.calls > 0).map((map) => map.stage));
  const names = (run.stages ?? []).map(({ name }) => name).filter((name) => !name.includes("*"));
  const all = [...new Set([...names, ...recorded])];
  const keeps = all.filter((name) => recorded.has(name) && !calling.has(name) && !outdated.has(name));
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
