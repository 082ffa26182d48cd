/** A map as an execution finds it: opened, what of it has drifted, what was accepted, and which passes are to be made. */
import { encodeJson, type ItemPage, type MapState } from "@holdfast/core";
import { hashLike } from "../base/hash.js";
import { outdatedUses } from "../dataset/check-sources.js";
import { requireVersion } from "../dataset/erased.js";
import { noteSource } from "../dataset/uses.js";
import { untilStopped } from "../run/drift.js";
import type { Execution } from "../run/execution.js";
import type { ItemFn, ItemLabel, MapOptions } from "../workflow/context.js";
import { Interrupted, type StageSignal } from "../workflow/interrupted.js";
import { budgetNanosOf } from "./budget.js";
import { decideMap, type MapDecision } from "./decide-map.js";
import { acceptOtherItems } from "./other-items.js";
import { placeResults } from "./place.js";
import { parseRedo } from "./selection.js";
import type { DatasetSourceOptions, MapSource } from "./source.js";

export type MapCallOptions = MapOptions<unknown> &
  DatasetSourceOptions & {
    readonly key?: string | ((item: unknown) => string) | undefined;
    readonly itemLabel?: ItemLabel<unknown> | undefined;
  };
export type Fn = ItemFn<unknown, unknown, unknown>;

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

/** @throws {NotJsonError} NOT_JSON — with the path of what a config cannot hold. */
export function hashConfig(stage: string, recorded: string | undefined, config: unknown): string {
  return hashLike(recorded, config, `the config of map ${stage}`);
}

/** What a finished map depended on: a replay under another config or source is drift, as with any stage's inputs. */
export function inputsOf(options: MapCallOptions, source: MapSource): unknown {
  return { config: options.config ?? null, source: source.digest };
}

export interface OpenedMap extends MapDecision {
  readonly state: MapState;
  /** Nothing was recorded before: no attempt numbers need to be looked up. */
  readonly isFresh: boolean;
  /** Another config or source was taken in place of the recorded one. */
  readonly isAdopted: boolean;
  /** What was taken from an iterable, as far as it is kept. */
  readonly known: readonly ItemPage[];
}

export async function openMap(execution: Execution, asked: MapCall, signal: StageSignal): Promise<OpenedMap> {
  const {
    deps,
    subject: { run, fence },
  } = execution;
  const { stage, options, source } = asked;
  const request = requestOf(execution, asked);
  let opened = await deps.store.openMap(fence, { ...request, adoptConfig: false });
  const redo = parseRedo(run.directive?.only ?? null);
  const before = opened.kind === "opened" ? opened.state : null;
  const configHash = hashConfig(stage, before?.configHash, options.config);
  // What its items looked up besides has changed, and it was accepted to do the work again: every result depends on it.
  const isAllAgain = (await outdatedUses(deps.store, run, stage)).some(({ isSource }) => !isSource);
  const asksFor = { redo, isAllAgain };
  const decision = decideMap(before, { stage, configHash, source }, asksFor, execution.drift.terms);
  if (decision.judged.length > 0) {
    for (const judged of decision.judged) execution.drift.carryOut(judged);
    if (decision.isRefused) {
      // The execution stops once all stages that are ready were looked at; before that this would count as a failure.
      await untilStopped(execution.stopping);
      throw new Interrupted("shutdown", 0);
    }
    if (decision.isSourceChanged) await placeResults(execution, stage, source, signal);
    opened = await deps.store.openMap(fence, { ...request, configHash, adoptConfig: true });
  }
  if (opened.kind !== "opened") {
    execution.writer.accepts(opened);
    throw new Interrupted("leaseLost", 0);
  }
  const { state } = opened;
  await noteSource(execution, stage, source.dataset, isAllAgain);
  // Deleted since the run read it: a map without rows would seem to be done.
  if (source.dataset !== null) await requireVersion(deps.store, source.dataset);
  const isFresh = state.okCount + state.errorCount === 0 && execution.subject.lease.token === 1;
  const known = source.dataset === null && !isFresh ? await deps.store.listItemPages(run.id, stage) : [];
  return { ...decision, state, isFresh, isAdopted: decision.judged.length > 0, known };
}

function requestOf(execution: Execution, { stage, options, source }: MapCall) {
  return {
    stage,
    configHash: hashConfig(stage, undefined, options.config),
    // Told to people; whether it is the same its hash says.
    configJson: execution.subject.mask.jsonText(encodeJson(options.config, `the config of map ${stage}`)),
    sourceDigest: source.digest,
    total: source.total,
    budgetNanos: budgetNanosOf(options),
  };
}

/** The map as it goes on with the items that its iterable gives now. */
export async function openWithOtherItems(
  execution: Execution,
  asked: MapCall,
  opened: OpenedMap,
  signal: StageSignal,
): Promise<OpenedMap> {
  const {
    deps,
    subject: { fence },
  } = execution;
  const { stage, source } = asked;
  const { state, known } = opened;
  const adoptItems = await acceptOtherItems(execution, { stage, source, state, known, signal });
  if (adoptItems === null) {
    await untilStopped(execution.stopping);
    throw new Interrupted("shutdown", 0);
  }
  const request = { ...requestOf(execution, asked), configHash: state.configHash, adoptConfig: true, adoptItems };
  const reopened = await deps.store.openMap(fence, request);
  if (reopened.kind !== "opened") {
    execution.writer.accepts(reopened);
    throw new Interrupted("leaseLost", 0);
  }
  const passes = opened.passes.includes(null) ? opened.passes : [...opened.passes, null];
  return { ...opened, state: reopened.state, isFresh: false, isAdopted: true, passes, known: [] };
}
