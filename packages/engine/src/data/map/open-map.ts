/** A map as an execution finds it: opened, what of it has drifted, what was accepted, and which passes are to be made. */
import { type DriftItem, encodeJson, type ItemPage, type MapState } from "@holdfast/core";
import type { ItemFn, MapOptions } from "../../context.js";
import { untilStopped } from "../../execution/drift.js";
import type { Execution } from "../../execution/execution.js";
import { hashLike } from "../../hash.js";
import { Interrupted, type StageSignal } from "../../interrupted.js";
import { outdatedUses } from "../check-sources.js";
import { noteSource } from "../uses.js";
import { acceptOtherItems } from "./other-items.js";
import { placeResults } from "./place.js";
import { type Again, parseRedo } from "./selection.js";
import type { DatasetSourceOptions, MapSource } from "./source.js";

export type MapCallOptions = MapOptions<unknown> &
  DatasetSourceOptions & { readonly key?: string | ((item: unknown) => string) | undefined };
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

export interface OpenedMap {
  readonly state: MapState;
  /** Nothing was recorded before: no attempt numbers need to be looked up. */
  readonly isFresh: boolean;
  readonly isReusing: boolean;
  /** Results of rows that have changed since are made again. */
  readonly isRedoing: boolean;
  /** Another config or source was taken in place of the recorded one. */
  readonly isAdopted: boolean;
  readonly passes: readonly (Again | null)[];
  /** What was taken from an iterable, as far as it is kept. */
  readonly known: readonly ItemPage[];
}

export async function openMap(execution: Execution, asked: MapCall, signal: StageSignal): Promise<OpenedMap> {
  const { run, deps, fence } = execution;
  const { stage, options, source } = asked;
  const request = requestOf(execution, asked);
  let opened = await deps.store.openMap(fence, { ...request, adoptConfig: false });
  let isReusing = false;
  let isRedoing = false;
  const drifts = opened.kind === "opened" ? driftOf(opened.state, asked) : [];
  if (drifts.length > 0) {
    const verdicts = drifts.map((drift) => execution.drift.judge(drift));
    if (verdicts.includes("refuse")) {
      // The execution stops once all stages that are ready were looked at; before that this would count as a failure.
      await untilStopped(execution);
      throw new Interrupted("shutdown", 0);
    }
    isReusing = verdicts.includes("reuse");
    isRedoing = verdicts.includes("redo");
    if (drifts.some(({ what }) => what === "dataset")) await placeResults(execution, stage, source, signal);
    const configHash = hashConfig(
      stage,
      opened.kind === "opened" ? opened.state.configHash : undefined,
      options.config,
    );
    opened = await deps.store.openMap(fence, { ...request, configHash, adoptConfig: true });
  }
  if (opened.kind !== "opened") {
    execution.accepts(opened);
    throw new Interrupted("leaseLost", 0);
  }
  const { state } = opened;
  // What its items looked up besides has changed, and it was accepted to do the work again: every result depends on it.
  const isAllAgain = (await outdatedUses(deps.store, run, stage)).some(({ isSource }) => !isSource);
  await noteSource(execution, stage, source.dataset, isAllAgain);
  const redo = parseRedo(run.directive?.only ?? null);
  const passes: (Again | null)[] = redo === null ? [null] : [redo];
  if (isRedoing && redo?.kind !== "stale") passes.push({ kind: "stale" });
  // First: what is missing is made once.
  if (isAllAgain) passes.unshift({ kind: "all" });
  // Another source is walked whatever was asked for: what it has and lacks is known only then.
  if (redo !== null && drifts.some(({ what }) => what === "dataset")) passes.push(null);
  const isFresh = state.okCount + state.errorCount === 0 && execution.lease.token === 1;
  const known = source.dataset === null && !isFresh ? await deps.store.listItemPages(run.id, stage) : [];
  return { state, isFresh, isReusing, isRedoing, isAdopted: drifts.length > 0, passes, known };
}

function requestOf(execution: Execution, { stage, options, source }: MapCall) {
  return {
    stage,
    configHash: hashConfig(stage, undefined, options.config),
    // Told to people; whether it is the same its hash says.
    configJson: execution.mask.jsonText(encodeJson(options.config, `the config of map ${stage}`)),
    sourceDigest: source.digest,
    total: source.total,
  };
}

/** The map as it goes on with the items that its iterable gives now. */
export async function openWithOtherItems(
  execution: Execution,
  asked: MapCall,
  opened: OpenedMap,
  signal: StageSignal,
): Promise<OpenedMap> {
  const { deps, fence } = execution;
  const { stage, source } = asked;
  const { state, known } = opened;
  const adoptItems = await acceptOtherItems(execution, { stage, source, state, known, signal });
  if (adoptItems === null) {
    await untilStopped(execution);
    throw new Interrupted("shutdown", 0);
  }
  const request = { ...requestOf(execution, asked), configHash: state.configHash, adoptConfig: true, adoptItems };
  const reopened = await deps.store.openMap(fence, request);
  if (reopened.kind !== "opened") {
    execution.accepts(reopened);
    throw new Interrupted("leaseLost", 0);
  }
  const passes = opened.passes.includes(null) ? opened.passes : [...opened.passes, null];
  return { ...opened, state: reopened.state, isFresh: false, isAdopted: true, passes, known: [] };
}

/** What the map's results depend on that is no longer what it was when the map was opened. */
export function driftOf(
  state: MapState,
  { stage, options, source }: Pick<MapCall, "stage" | "options" | "source">,
): DriftItem[] {
  const drifts: DriftItem[] = [];
  const configHash = hashConfig(stage, state.configHash, options.config);
  if (state.configHash !== configHash) drifts.push({ what: "config", stage, was: state.configHash, now: configHash });
  // Positions are of the source: under another one they say nothing.
  if (state.sourceDigest !== source.digest) {
    drifts.push({ what: "dataset", stage, was: state.sourceDigest, now: source.digest });
  }
  return drifts;
}
