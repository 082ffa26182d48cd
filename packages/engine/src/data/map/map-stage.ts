/**
 * `map()`: a stage whose work is one result for each item. It has the stage's record, attempts, drift and interruption from
 * `callStage`; what is its own is here: opening the map, the passes over its items, and the allowance of failures.
 */
import { encodeJson, ItemsFailedError, type MapState, type Store, WrongUseError } from "@holdfast/core";
import type { ItemFn, MapOptions } from "../../context.js";
import type { CallRegistry } from "../../execution/call-registry.js";
import { untilStopped } from "../../execution/drift.js";
import type { Execution } from "../../execution/execution.js";
import { checkRetryOptions } from "../../execution/retry-options.js";
import { callStage, reopen } from "../../execution/stage-call.js";
import { hashLike, sha256 } from "../../hash.js";
import { Interrupted, type StageSignal } from "../../interrupted.js";
import type { DatasetRef, MapRef } from "../../refs.js";
import { outdatedUses } from "../check-sources.js";
import { noteSource } from "../uses.js";
import { Budget } from "./budget.js";
import { BATCH_DEFAULTS, Commits } from "./commits.js";
import { decideMap, type MapDecision, wordMissing } from "./decide-map.js";
import { adoptPaid, keepPaid } from "./paid.js";
import { placeResults } from "./place.js";
import { Pool } from "./pool.js";
import { withoutReused } from "./reused.js";
import { hasItemsToRedo, type Pass, parseRedo, selectItems } from "./selection.js";
import { DatasetSource, type DatasetSourceOptions, IterableSource, type MapSource } from "./source.js";

export type MapCallOptions = MapOptions<unknown> &
  DatasetSourceOptions & { readonly key?: string | ((item: unknown) => string) | undefined };
type Fn = ItemFn<unknown, unknown, unknown>;

export interface MapCall {
  readonly stage: string;
  readonly source: MapSource;
  readonly options: MapCallOptions;
  readonly fn: Fn;
}

/** A call whose map is open: results are made under this hash. */
export interface OpenCall extends MapCall {
  readonly configHash: string;
}

export function makeMap(execution: Execution, registry: CallRegistry) {
  return async (stage: string, given: unknown, options: MapCallOptions, fn: Fn): Promise<MapRef> => {
    registry.register(stage);
    if (typeof fn !== "function") throw new WrongUseError({ problem: `Map ${stage}: a function is expected.` });
    checkRetryOptions(`Map ${stage}`, options);
    const source = makeSource(execution.deps.store, stage, given, options);
    const call: MapCall = { stage, source, options, fn };
    const inputs = inputsOf(options, source);
    // Before its hash is part of the inputs', whose paths are not the user's. What a record answers needs no new hash.
    if (!execution.history.get(stage)?.record) hashConfig(stage, undefined, options.config);
    await reopenForRedo(execution, call);
    const answer = await callStage(execution, registry, stage, { inputs }, ({ signal, log }) =>
      runMap(execution, call, signal, (message, data) => log(message, data as Record<string, unknown>)),
    );
    return answer as MapRef;
  };
}

/** @throws {NotJsonError} NOT_JSON — with the path of what a config cannot hold. */
export function hashConfig(stage: string, recorded: string | undefined, config: unknown): string {
  return hashLike(recorded, config, `the config of map ${stage}`);
}

/** What a finished map depended on: a replay under another config or source is drift, as with any stage's inputs. */
export function inputsOf(options: MapCallOptions, source: MapSource): unknown {
  return { config: options.config ?? null, source: source.digest };
}

/** A person asked for items of a map that has ended: its record no longer answers where there is something to redo. */
async function reopenForRedo(execution: Execution, { stage, options }: MapCall): Promise<void> {
  const { store } = execution.deps;
  const runId = execution.run.id;
  const redo = parseRedo(execution.run.directive?.only ?? null);
  if (redo === null || !execution.history.get(stage)?.record) return;
  const configHash = hashConfig(stage, (await store.getMap(runId, stage))?.configHash, options.config);
  if (await hasItemsToRedo({ store, runId, stage, configHash }, redo)) await reopen(execution, stage);
}

export function makeSource(
  store: Pick<Store, "listRows">,
  stage: string,
  given: unknown,
  options: MapCallOptions,
): MapSource {
  if ((given as DatasetRef | null)?.kind === "dataset") {
    return new DatasetSource(stage, given as DatasetRef, store, options);
  }
  const { key } = options;
  if (key === undefined)
    throw new WrongUseError({ problem: `Map ${stage}: \`key\` is needed to name the items of an iterable.` });
  const keyOf = typeof key === "function" ? key : (item: unknown) => (item as Record<string, string>)[key] as string;
  return new IterableSource(stage, given as never, keyOf);
}

async function runMap(
  execution: Execution,
  asked: MapCall,
  signal: StageSignal,
  log: (message: string, data?: unknown) => void,
): Promise<MapRef> {
  const opened = await openMap(execution, asked, signal);
  const call: OpenCall = { ...asked, configHash: opened.state.configHash };
  const { options, stage } = call;
  let underWayCount = () => 0;
  const openIntents = opened.isFresh ? [] : await execution.deps.store.listOpenIntents(execution.run.id, stage);
  const commits = new Commits(execution, {
    stage,
    openIntents,
    state: opened.state,
    total: call.source.totalFrom(opened.state),
    batch: { results: options.batch?.results ?? BATCH_DEFAULTS.results, ms: options.batch?.ms ?? BATCH_DEFAULTS.ms },
    budget: {
      sending: () => budget.sending(underWayCount()),
      sent: (usd, isWritten) => budget.sent(usd, isWritten),
    },
    onRefused: (results) => {
      for (const result of results) keepPaid(execution, call, result);
    },
  });
  const budget: Budget = new Budget(
    options.budget?.usd ?? null,
    { costUsd: opened.state.costUsd, orphanedUsd: opened.state.reservedUsd },
    () => commits.costUsd,
  );
  // The counters may have lost items that an accepted source has no more.
  if (opened.isAdopted) await commits.record();
  await adoptPaid(execution, call, commits, openIntents, log);
  const walk = async (pass: Walk) => {
    const pool = new Pool({
      execution,
      stage,
      options,
      fn: call.fn,
      commits,
      budget,
      budgetUsd: options.budget?.usd ?? null,
      attemptOf: (keys) => execution.deps.store.findAttempts(execution.run.id, stage, keys),
      isFirstPass: opened.isFresh && pass.redo === null && pass.from === opened.state.lowWater,
      latePaid: (result) => keepPaid(execution, call, result),
      log,
    });
    underWayCount = () => pool.underWayCount;
    const pages = selectItems({
      store: execution.deps.store,
      runId: execution.run.id,
      stage,
      from: pass.from,
      among: pass.among,
      source: call.source,
      configHash: opened.isReusing ? null : call.configHash,
      redo: pass.redo,
      isRedoingChanged: opened.isRedoing,
      isFresh: commits.okCount + commits.errorCount === 0,
      signal,
      onSettled: (index) => commits.settle(index),
      onHole: (index) => commits.settleHole(index),
      onTotal: (total) => commits.setTotal(total),
    });
    await pool.run(opened.isFresh ? withoutReused(execution, call, commits, pages) : pages);
    // The next pass looks in the store for what has a result: what is not there yet would be paid for twice.
    await commits.drain();
  };
  try {
    for (const redo of opened.passes) {
      await walk({ redo, from: opened.state.lowWater });
      if (execution.stopped !== null) break;
    }
    const again = execution.stopped === null ? await passOverHoles(execution, call, opened, commits) : null;
    if (again !== null) {
      log(`${commits.missingCount} items before the mark have no result: looking for them from the start`);
      await walk(again);
    }
  } finally {
    // Also where a source threw: what was done stays done.
    underWayCount = () => 0;
    await commits.drain();
  }
  if (execution.stopped !== null || execution.isOver) {
    // The last commit tells that nothing is reserved any more.
    if (!execution.isOver) await commits.record();
    throw new Interrupted("shutdown", 0);
  }
  return finish(execution, call, commits);
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
  { deps, run }: Execution,
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

interface OpenedMap extends MapDecision {
  readonly state: MapState;
  /** Nothing was recorded before: no attempt numbers need to be looked up. */
  readonly isFresh: boolean;
  /** Another config or source was taken in place of the recorded one. */
  readonly isAdopted: boolean;
}

async function openMap(execution: Execution, asked: MapCall, signal: StageSignal): Promise<OpenedMap> {
  const { run, deps, fence } = execution;
  const { stage, options, source } = asked;
  const request = {
    stage,
    configHash: hashConfig(stage, undefined, options.config),
    // Told to people; whether it is the same its hash says.
    configJson: execution.mask.jsonText(encodeJson(options.config, `the config of map ${stage}`)),
    sourceDigest: source.digest,
    total: source.total,
  };
  let opened = await deps.store.openMap(fence, { ...request, adoptConfig: false });
  const redo = parseRedo(run.directive?.only ?? null);
  const known = opened.kind === "opened" ? opened.state : null;
  const configHash = hashConfig(stage, known?.configHash, options.config);
  // What its items looked up besides has changed, and it was accepted to do the work again: every result depends on it.
  const isAllAgain = (await outdatedUses(deps.store, run, stage)).some(({ isSource }) => !isSource);
  const asksFor = { redo, isAllAgain };
  const decision = decideMap(known, { stage, configHash, source }, asksFor, execution.drift.terms);
  if (decision.judged.length > 0) {
    for (const judged of decision.judged) execution.drift.carryOut(judged);
    if (decision.isRefused) {
      // The execution stops once all stages that are ready were looked at; before that this would count as a failure.
      await untilStopped(execution);
      throw new Interrupted("shutdown", 0);
    }
    if (decision.isSourceChanged) await placeResults(execution, stage, source, signal);
    opened = await deps.store.openMap(fence, { ...request, configHash, adoptConfig: true });
  }
  if (opened.kind !== "opened") {
    execution.accepts(opened);
    throw new Interrupted("leaseLost", 0);
  }
  const { state } = opened;
  await noteSource(execution, stage, source.dataset, isAllAgain);
  const isFresh = state.okCount + state.errorCount === 0 && execution.lease.token === 1;
  return { ...decision, state, isFresh, isAdopted: decision.judged.length > 0 };
}

/** Every item has a result, and no more failed than allowed. */
async function finish(execution: Execution, call: OpenCall, commits: Commits): Promise<MapRef> {
  const { deps, fence, run } = execution;
  const { stage, options } = call;
  const state = await deps.store.getMap(run.id, stage);
  const done = commits.okCount + commits.errorCount;
  // Null: a source of unknown length that no pass has read to its end, so what it has besides is missing.
  const total = state?.total ?? null;
  if (total === null || done < total) {
    const reason = wordMissing(total === null ? null : total - done);
    execution.stop({ why: "verdict", reason, wakeInMs: null, error: null });
    throw new Interrupted("pause", 0);
  }
  if (!execution.accepts(await deps.store.finishMap(fence, stage))) throw new Interrupted("leaseLost", 0);
  const allowed = allowedFailures(options.maxFailed ?? 0, total);
  if (commits.errorCount > allowed) {
    throw new ItemsFailedError({ stage, failed: commits.errorCount, total, allowed });
  }
  const { okCount: ok, errorCount: failed, costUsd } = commits;
  const digest = sha256(`${run.id}:${fence.token}:${stage}:${call.configHash}:${call.source.digest}:${ok}:${failed}`);
  return { kind: "map", runId: run.id, stage, digest, total, ok, failed, costUsd };
}

/** A share below 1 is of the total, rounded down; else a count. */
export function allowedFailures(maxFailed: number, total: number): number {
  return maxFailed < 1 ? Math.floor(maxFailed * total) : maxFailed;
}
