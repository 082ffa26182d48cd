/**
 * What becomes of one call of `map()` whose stage runs, from what the map has recorded, what it declares now and what a
 * person asked for. Pure: the execution carries it out, and the plan of a resume tells it beforehand.
 */
import { type DriftItem, type MapState, plural } from "@holdfast/core";
import type { JudgedDrift, Terms } from "../run/drift-terms.js";
import { judgeDrift } from "../stage/decide-stage.js";
import type { Pass, Redo } from "./selection.js";

/** What a map declares now, as far as its recorded results depend on it. */
export interface MapIdentity {
  readonly stage: string;
  readonly configHash: string;
  readonly source: { readonly digest: string };
}

export interface MapDecision {
  readonly judged: readonly JudgedDrift[];
  /** Nothing may be done under this config or source. */
  readonly isRefused: boolean;
  /** Results of any config stay. */
  readonly isReusing: boolean;
  /** Results of another config, and of rows that have changed since, are made again. */
  readonly isRedoing: boolean;
  readonly isSourceChanged: boolean;
  /** The passes over its items, in order; null takes up what has no result. */
  readonly passes: readonly (Pass | null)[];
}

/** What is done beyond what is missing: what a person asked for, and all of it where a dataset that items look up changed. */
export interface Again {
  readonly redo: Redo | null;
  readonly isAllAgain: boolean;
}

/** `state`: null for a map that has not begun. */
export function decideMap(
  state: MapState | null,
  now: MapIdentity,
  { redo, isAllAgain }: Again,
  terms: Terms,
): MapDecision {
  const judged = (state === null ? [] : driftOf(state, now)).map((drift) => judgeDrift(drift, terms));
  const has = (verdict: JudgedDrift["verdict"]) => judged.some((one) => one.verdict === verdict);
  const isRedoing = has("redo");
  const isSourceChanged = judged.some(({ drift }) => drift.what === "dataset");
  const passes: (Pass | null)[] = [redo];
  if (isRedoing && redo?.kind !== "stale") passes.push({ kind: "stale" });
  // First: what is missing is made once.
  if (isAllAgain) passes.unshift({ kind: "all" });
  // Another source is walked whatever was asked for: what it has and lacks is known only then.
  const isBoth = redo?.kind === "errors" && redo.withMissing === true;
  if (redo !== null && (isSourceChanged || isBoth)) passes.push(null);
  return { judged, isRefused: has("refuse"), isReusing: has("reuse"), isRedoing, isSourceChanged, passes };
}

/** What the map's results depend on that is no longer what it was when the map was opened. */
function driftOf(state: MapState, { stage, configHash, source }: MapIdentity): DriftItem[] {
  const drifts: DriftItem[] = [];
  if (state.configHash !== configHash) drifts.push({ what: "config", stage, was: state.configHash, now: configHash });
  // Positions are of the source: under another one they say nothing.
  if (state.sourceDigest !== source.digest) {
    drifts.push({ what: "dataset", stage, was: state.sourceDigest, now: source.digest });
  }
  return drifts;
}

/** Why a run pauses whose map was walked and has items without a result; null where nobody knows how many. */
export function wordMissing(count: number | null): string {
  return count === null ? "items are missing" : `${plural(count, "item is", "items are")} missing`;
}
