/**
 * What a resume would keep, redo, call and cost, before it is done: the examination that the resume itself makes
 * (`examine.ts`), told. Applied only if nothing moved since: the digest is over all that the plan was made of, the changed
 * input included.
 */
import {
  type ItemRecord,
  isPattern,
  type MapState,
  PlanStaleError,
  type RunId,
  type RunRecord,
  toNanos,
  toUsd,
} from "@holdfast/core";
import { hashJson } from "../base/hash.js";
import type { Engine } from "../opened/engine.js";
import { isWithinThrough } from "../workflow/through.js";
import { type Examination, examineResume } from "./examine.js";
import type { How, Plan, PlanMap } from "./plan-facade.js";
import type { Fate } from "./rehearsal.js";

/** Enough unknown keys to see what is wrong with the list. */
const UNKNOWN_KEYS_MAX = 20;

export async function makePlan(opened: Engine, runId: RunId, how: How): Promise<Plan> {
  return tellPlan(opened, await examineResume(opened, runId, how, true), how);
}

/** @throws {PlanStaleError} PLAN_STALE — when the same plan made now would have another digest. */
export async function checkPlan(
  opened: Engine,
  found: Examination,
  how: How,
  given: Pick<Plan, "digest">,
): Promise<void> {
  const { digest } = await tellPlan(opened, found, how);
  if (digest !== given.digest) throw new PlanStaleError({ runId: found.run.id });
}

async function tellPlan(opened: Engine, found: Examination, how: How): Promise<Plan> {
  const { run, drift, listed, refusal, rehearsal } = found;
  const stages = tellStages(found, how.through ?? null);
  const begun = new Map(found.maps.map((state) => [state.stage, state]));
  // One that did not begin and does not run was kept by a fork: its results are those of another run.
  const begins = [...(rehearsal?.maps.keys() ?? [])].filter((stage) => rehearsal?.fates.get(stage) !== "keep");
  const names = new Set([...begun.keys(), ...begins]);
  const maps = await Promise.all(
    [...names].map((stage) => tellMap(opened, found, stage, begun.get(stage) ?? null, stages.unknown)),
  );
  // A stage that nobody has seen yet may be a map.
  const isOpen = stages.isOpenEnded;
  const itemCalls = isOpen ? null : sum(maps, ({ calls }) => calls);
  const unknown = listed?.unknown ?? [];
  const told = {
    refusal: refusal === null ? null : { code: refusal.code, message: refusal.message },
    keeps: stages.keeps,
    redoes: stages.redoes,
    unknown: stages.unknown,
    ending: refusal === null ? (rehearsal?.ending ?? null) : null,
    drift,
    maps,
  };
  return {
    runId: run.id,
    ...told,
    items: isOpen ? null : sum(maps, ({ items }) => items),
    itemCalls,
    maybeCharged: maps.reduce((total, map) => total + map.maybeCharged, 0),
    unknownKeys: { count: unknown.length, first: unknown.slice(0, UNKNOWN_KEYS_MAX) },
    costUsd: isOpen ? null : costOf(maps),
    timeMs: isOpen ? null : sum(maps, ({ timeMs }) => timeMs),
    digest: hashJson({
      how: {
        only: how.only,
        through: how.through,
        accept: how.accept,
        budget: how.budget,
        input: found.input?.texts.inputJson ?? null,
      },
      run: fingerprint(run),
      told,
    }),
  };
}

/** What must not have moved between a plan and its application. */
const fingerprint = ({ id, status, generation, head }: RunRecord) => ({ id, status, generation, head });

interface ToldStages {
  readonly keeps: readonly string[];
  readonly redoes: readonly string[];
  readonly unknown: readonly string[];
  /** Stages may come that nobody has seen: of a workflow that declares none, say. */
  readonly isOpenEnded: boolean;
}

/** In the order declared, then recorded, then asked. A refused resume does nothing: every record stays. */
function tellStages({ run, history, refusal, rehearsal }: Examination, through: string | null): ToldStages {
  const recorded = history.filter(({ record }) => record !== null).map(({ stage }) => stage);
  if (refusal !== null || rehearsal === null) return { keeps: recorded, redoes: [], unknown: [], isOpenEnded: false };
  const declared = run.stages ?? [];
  const names = declared.filter((stage) => !isPattern(stage)).map(({ name }) => name);
  const all = [...new Set([...names, ...recorded, ...rehearsal.fates.keys()])];
  const isEnding = rehearsal.ending !== null;
  const mayRun = (name: string) => isWithinThrough({ through, stages: run.stages }, name, true);
  const fateOf = (name: string): Fate | null => {
    const fate = rehearsal.fates.get(name) ?? null;
    if (fate !== null) return fate;
    // Never asked for: the run ends before, or what comes before decides.
    if (isEnding) return recorded.includes(name) ? "keep" : null;
    return recorded.includes(name) || mayRun(name) ? "unknown" : null;
  };
  const having = (fate: Fate) => all.filter((name) => fateOf(name) === fate);
  const unseen = names.filter((name) => !recorded.includes(name) && !rehearsal.fates.has(name));
  const isOpenEnded = !isEnding && (run.stages === null || declared.some(isPattern) || unseen.some(mayRun));
  return { keeps: having("keep"), redoes: having("run"), unknown: having("unknown"), isOpenEnded };
}

/** What a map does in the resume, and what is known of its results. */
async function tellMap(
  opened: Engine,
  { run, refusal, rehearsal }: Examination,
  stage: string,
  state: MapState | null,
  unknown: readonly string[],
): Promise<PlanMap> {
  const { store } = opened.deps;
  const rehearsed = rehearsal?.maps.get(stage);
  const fate = rehearsal?.fates.get(stage) ?? null;
  const done = state === null ? 0 : state.okCount + state.errorCount;
  const isIdle = refusal !== null || (fate !== "run" && !unknown.includes(stage));
  const nothing = { items: 0, calls: 0, keep: done };
  const count = isIdle ? nothing : fate === "run" ? (rehearsed?.count ?? null) : null;
  const { items, calls, keep } = count ?? { items: null, calls: null, keep: null };
  const configHash = rehearsed?.configHash ?? state?.configHash ?? "";
  return {
    stage,
    keep,
    missing: state === null ? (items ?? null) : state.total === null ? null : Math.max(0, state.total - done),
    errors: state === null ? {} : await store.countErrors(run.id, stage),
    stale: state === null ? 0 : await countStale(opened, run.id, stage, configHash),
    maybeCharged: state === null ? 0 : (await store.listOpenIntents(run.id, stage)).length,
    items,
    calls,
    ...paceOf(run, state, calls),
  };
}

/** What so many calls may cost and take, from those that were made. Where none was, nobody knows. */
function paceOf(run: RunRecord, state: MapState | null, calls: number | null): Pick<PlanMap, "costUsd" | "timeMs"> {
  if (calls === 0) return { costUsd: [0, 0], timeMs: 0 };
  const done = state === null ? 0 : state.okCount + state.errorCount;
  if (calls === null || state === null || done === 0) return { costUsd: null, timeMs: null };
  const average = state.cost.nanos / done;
  const activeMs = (state.finishedAt ?? run.updatedAt) - state.startedAt;
  // A repeat may cost more than the average: longer texts fail more often. Half again is a bound, not a promise.
  return {
    // Calls so far whose price nobody knows: the next ones have none either.
    costUsd: state.cost.unpricedCalls > 0 ? null : [estimate(calls * average), estimate(calls * average * 1.5)],
    timeMs: Math.round((activeMs / done) * calls),
  };
}

/** Results made under another config than the map will have. Counted by pages: staleness is rare, and then it is news. */
async function countStale(opened: Engine, runId: RunId, stage: string, configHash: string): Promise<number> {
  let count = 0;
  for (let after: string | undefined; ; ) {
    const page: readonly ItemRecord[] = await opened.deps.store.listItems(runId, stage, {
      staleTo: configHash,
      after,
      limit: 500,
    });
    count += page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < 500) return count;
    after = last.key;
  }
}

/** Null as soon as one of them is not known. */
function sum(maps: readonly PlanMap[], of: (map: PlanMap) => number | null): number | null {
  return maps.map(of).reduce((total, one) => (total === null || one === null ? null : total + one), 0);
}

function costOf(maps: readonly PlanMap[]): Plan["costUsd"] {
  const low = sum(maps, ({ costUsd }) => costUsd?.[0] ?? null);
  const high = sum(maps, ({ costUsd }) => costUsd?.[1] ?? null);
  return low === null || high === null ? null : [toUsd(toNanos(low)), toUsd(toNanos(high))];
}

const estimate = (nanos: number) => toUsd(Math.round(nanos));
