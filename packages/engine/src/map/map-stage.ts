/**
 * `map()`: a stage whose work is one result for each item. It has the stage's record, attempts, drift and interruption from
 * `callStage`; what is its own is here: opening the map, the passes over its items, and the allowance of failures.
 */
import { ItemsFailedError, plural, type Store, toRecordedCost, WrongUseError } from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import { erasedKeysOf } from "../dataset/erased.js";
import type { CallRegistry } from "../run/call-registry.js";
import type { Execution } from "../run/execution.js";
import { checkMapOptions } from "../stage/check-options.js";
import { labelOf } from "../stage/labels.js";
import { callStage, reopen } from "../stage/stage-call.js";
import { Interrupted, type StageSignal } from "../workflow/interrupted.js";
import type { DatasetRef, MapRef } from "../workflow/refs.js";
import { Budget, budgetNanosOf } from "./budget.js";
import { BATCH_DEFAULTS, Commits } from "./commits.js";
import { wordMissing } from "./decide-map.js";
import {
  type Fn,
  hashConfig,
  inputsOf,
  type MapCall,
  type MapCallOptions,
  type OpenCall,
  type OpenedMap,
  openMap,
  openWithOtherItems,
} from "./open-map.js";
import { checkItems, ItemsChanged, walkOf } from "./page-walk.js";
import { adoptPaid, keepPaid } from "./paid.js";
import { Pool } from "./pool.js";
import { withRaisedBudget } from "./raised-budget.js";
import { withoutReused } from "./reused.js";
import { hasItemsToRedo, type Pass, parseRedo, selectItems } from "./selection.js";
import { DatasetSource, IterableSource, type MapSource } from "./source.js";

export function makeMap(execution: Execution, registry: CallRegistry) {
  return async (stage: string, given: unknown, declared: MapCallOptions, fn: Fn): Promise<MapRef> => {
    registry.register(stage);
    if (typeof fn !== "function") throw new WrongUseError({ problem: `Map ${stage}: a function is expected.` });
    checkMapOptions(stage, declared);
    const options = withRaisedBudget(declared, stage, execution.subject.run);
    const source = makeSource(execution.deps.store, stage, given, options);
    if (source instanceof IterableSource)
      source.passOver(() => erasedKeysOf(execution.deps.store, execution.subject.run.id));
    const call: MapCall = { stage, source, options, fn };
    const inputs = inputsOf(options, source);
    // Before its hash is part of the inputs', whose paths are not the user's. What a record answers needs no new hash.
    if (!execution.subject.history.get(stage)?.record) hashConfig(stage, undefined, options.config);
    await reopenForRedo(execution, call);
    const answer = await callStage(execution, registry, stage, { inputs, label: options.label }, ({ signal, log }) =>
      runMap(execution, call, signal, (message, data) => log(message, data as Record<string, unknown>)),
    );
    return answer as MapRef;
  };
}

/** A person asked for items of a map that has ended: its record no longer answers where there is something to redo. */
async function reopenForRedo(execution: Execution, { stage, options }: MapCall): Promise<void> {
  const { store } = execution.deps;
  const runId = execution.subject.run.id;
  const redo = parseRedo(execution.subject.run.directive?.only ?? null);
  if (redo === null || !execution.subject.history.get(stage)?.record) return;
  const configHash = hashConfig(stage, (await store.getMap(runId, stage))?.configHash, options.config);
  if (await hasItemsToRedo({ store, runId, stage, configHash }, redo)) await reopen(execution, stage);
}

export function makeSource(
  store: Pick<Store, "listRows">,
  stage: string,
  given: unknown,
  options: MapCallOptions,
): MapSource {
  const isDataset = (given as DatasetRef | null)?.kind === "dataset";
  // Declared for the other kind of source: it would be ignored.
  const idle = (isDataset ? (["key"] as const) : (["expand", "limit"] as const)).filter(
    (name) => options[name] !== undefined,
  );
  if (idle.length > 0) {
    const why = isDataset ? "the rows of a dataset have keys of their own" : "its source is no dataset";
    throw new WrongUseError({ problem: `Map ${stage}: ${idle.join(", ")} has no effect here: ${why}.` });
  }
  if (isDataset) {
    return new DatasetSource(stage, given as DatasetRef, store, options);
  }
  const { key } = options;
  if (key === undefined)
    throw new WrongUseError({ problem: `Map ${stage}: \`key\` is needed to name the items of an iterable.` });
  return new IterableSource(stage, given as never, key);
}

async function runMap(
  execution: Execution,
  asked: MapCall,
  signal: StageSignal,
  log: (message: string, data?: unknown) => void,
): Promise<MapRef> {
  let opened = await openMap(execution, asked, signal);
  for (let isAsked = false; ; isAsked = true) {
    try {
      if (!isAsked) await checkItems(execution, asked, opened, signal);
      const call = { ...asked, configHash: opened.state.configHash };
      return await runOpened(execution, call, opened, signal, log);
    } catch (error) {
      if (!(error instanceof ItemsChanged) || isAsked) throw error;
      opened = await openWithOtherItems(execution, asked, opened, signal);
    }
  }
}

async function runOpened(
  execution: Execution,
  call: OpenCall,
  opened: OpenedMap,
  signal: StageSignal,
  log: (message: string, data?: unknown) => void,
): Promise<MapRef> {
  const { options, stage } = call;
  let underWayCount = () => 0;
  const openIntents = opened.isFresh ? [] : await execution.deps.store.listOpenIntents(execution.subject.run.id, stage);
  const commits = new Commits(execution, {
    stage,
    label: labelOf(execution, options.label),
    openIntents,
    state: opened.state,
    total: call.source.totalFrom(opened.state),
    batch: { results: options.batch?.results ?? BATCH_DEFAULTS.results, ms: options.batch?.ms ?? BATCH_DEFAULTS.ms },
    budget: {
      sending: () => budget.sending(underWayCount()),
      sent: (nanos, isWritten) => budget.sent(nanos, isWritten),
    },
    onRefused: (results) => {
      for (const result of results) keepPaid(execution, call, result);
    },
  });
  const budget: Budget = new Budget(
    budgetNanosOf(options),
    { spentNanos: opened.state.cost.nanos, orphanedNanos: opened.state.reservedNanos },
    () => commits.cost.nanos,
  );
  execution.stopping.stopSignal.addEventListener("abort", () => budget.wakeAll(), { once: true });
  const { unpricedCalls } = opened.state.cost;
  if (budget.isLimited && unpricedCalls > 0) {
    const calls = plural(unpricedCalls, "call");
    log(`${calls} of unknown price made before: the budget cannot count what they cost`, { calls: unpricedCalls });
  }
  // The counters may have lost items that an accepted source has no more.
  if (opened.isAdopted) await commits.record();
  await adoptPaid(execution, call, commits, openIntents, log);
  const isAfterOutage = !opened.isFresh && (await wasPausedForOutage(execution));
  const walk = async (pass: Walk) => {
    const pool = new Pool({
      execution,
      stage,
      options,
      fn: call.fn,
      commits,
      budget,
      attemptOf: (keys) => execution.deps.store.findAttempts(execution.subject.run.id, stage, keys),
      isFirstPass: opened.isFresh && pass.redo === null && pass.from === opened.state.lowWater,
      isAfterOutage,
      latePaid: (result) => keepPaid(execution, call, result),
      log,
    });
    underWayCount = () => pool.reservedAheadCount;
    const pages = selectItems({
      store: execution.deps.store,
      runId: execution.subject.run.id,
      stage,
      from: pass.from,
      among: pass.among,
      source: call.source,
      configHash: opened.isReusing ? null : call.configHash,
      redo: pass.redo,
      isRedoingChanged: opened.isRedoing,
      isFresh: commits.okCount + commits.errorCount === 0,
      walk: walkOf(call.source, opened.known, (page) => commits.addPage(page)),
      hasLeftOut: opened.state.leftOutCount > 0,
      hasAbsent: opened.state.absentCount > 0,
      placeInFlight: (key) => commits.placeInFlight(key),
      signal,
      onDone: (index) => commits.markDone(index),
      onHole: (index) => commits.markHole(index),
      onTotal: (end) => commits.setTotal(end + opened.state.absentCount - opened.state.leftOutCount),
    });
    await pool.run(opened.isFresh ? withoutReused(execution, call, commits, pages) : pages);
    // The next pass looks in the store for what has a result: what is not there yet would be paid for twice.
    await commits.drain();
  };
  try {
    for (const redo of opened.passes) {
      await walk({ redo, from: opened.state.lowWater });
      if (execution.stopping.stopped !== null) break;
    }
    const again = execution.stopping.stopped === null ? await passOverHoles(execution, call, opened, commits) : null;
    if (again !== null) {
      log(`${commits.missingCount} items before the mark have no result: looking for them from the start`);
      await walk(again);
    }
  } finally {
    // Also where a source threw: what was done stays done.
    underWayCount = () => 0;
    await commits.drain();
  }
  if (execution.stopping.stopped !== null || execution.stopping.isOver) {
    // The last commit tells that nothing is reserved any more.
    if (!execution.stopping.isOver) await commits.record();
    throw new Interrupted("shutdown", 0);
  }
  return finish(execution, call, commits);
}

/** The pause stands a few events before the claim of this execution: it, the resume, the claim, and what has begun since. */
const EVENTS_SINCE_PAUSE_MAX = 20;

async function wasPausedForOutage({ deps, subject: { run } }: Execution): Promise<boolean> {
  const after = Math.max(0, run.head - EVENTS_SINCE_PAUSE_MAX);
  const pauses = await deps.store.listEvents(run.id, { after, limit: EVENTS_SINCE_PAUSE_MAX, type: "run.paused" });
  const last = pauses.at(-1);
  return last?.type === "run.paused" && last.data.reason === "outage";
}

/** One walk over the items of a map. */
interface Walk {
  readonly redo: Pass | null;
  /** Where it begins to look for items without a result. */
  readonly from: number;
  /** Left out: any item. */
  readonly among?: ReadonlySet<string> | undefined;
}

/**
 * Fewer results than items after all was walked from the mark on: the mark lies beyond items without a result. Earlier
 * versions left such stores behind when a commit failed and a later one did not.
 */
async function passOverHoles(
  { deps, subject: { run } }: Execution,
  { stage }: MapCall,
  { state, passes }: OpenedMap,
  commits: Commits,
): Promise<Walk | null> {
  if (state.lowWater === 0 || (commits.missingCount ?? 0) <= 0) return null;
  if (passes.includes(null)) return { redo: null, from: 0 };
  const [asked] = passes;
  if (asked?.kind !== "keys") return null;
  // Only the listed ones were asked for.
  const found = new Set((await deps.store.findItems(run.id, stage, asked.keys)).map(({ key }) => key));
  const among = new Set(asked.keys.filter((key) => !found.has(key)));
  return among.size === 0 ? null : { redo: null, from: 0, among };
}

/** Every item has a result, and no more failed than allowed. */
async function finish(execution: Execution, call: OpenCall, commits: Commits): Promise<MapRef> {
  const {
    deps,
    subject: { fence, run },
  } = execution;
  const { stage, options } = call;
  const state = await deps.store.getMap(run.id, stage);
  const done = commits.okCount + commits.errorCount;
  // Null: a source of unknown length that no pass has read to its end, so what it has besides is missing.
  const total = state?.total ?? null;
  if (total === null || done < total) {
    const reason = wordMissing(total === null ? null : total - done);
    execution.stopping.stop({ why: "verdict", reason, wakeInMs: null, error: null });
    throw new Interrupted("pause", 0);
  }
  if (!execution.writer.accepts(await deps.store.finishMap(fence, stage))) throw new Interrupted("leaseLost", 0);
  const allowed = allowedFailures(options.maxFailed ?? 0, total);
  if (commits.errorCount > allowed) {
    throw new ItemsFailedError({ stage, failed: commits.errorCount, total, allowed });
  }
  const { okCount: ok, errorCount: failed, cost } = commits;
  const digest = sha256(`${run.id}:${fence.token}:${stage}:${call.configHash}:${call.source.digest}:${ok}:${failed}`);
  return { kind: "map", runId: run.id, stage, digest, total, ok, failed, ...toRecordedCost(cost) };
}

/** A share below 1 is of the total, rounded down; else a count. */
export function allowedFailures(maxFailed: number, total: number): number {
  return maxFailed < 1 ? Math.floor(maxFailed * total) : maxFailed;
}
