/**
 * For a plan: what a list of items that is not the one of before would mean for its map. Other iterables are not read before a
 * resume, so nobody can tell of them.
 */
import type { MapState, RunId, Store } from "@holdfast/core";
import type { JudgedDrift, Terms } from "../run/drift-terms.js";
import type { StageSignal } from "../workflow/interrupted.js";
import type { MapDecision } from "./decide-map.js";
import { judgeItems } from "./other-items.js";
import { compareTaken, ItemsChanged } from "./page-walk.js";
import { IterableSource, type MapSource } from "./source.js";

const NEVER = new AbortController().signal as StageSignal;

export interface Foreseen {
  readonly decision: MapDecision;
  /** New items are left out: what is called is known once the list is walked. */
  readonly isLeavingOut: boolean;
}

export async function foreseeItems(
  store: Store,
  runId: RunId,
  { stage, source, state }: { readonly stage: string; readonly source: MapSource; readonly state: MapState | null },
  decision: MapDecision,
  terms: Terms,
): Promise<Foreseen> {
  const none = { decision, isLeavingOut: false };
  if (state === null || !(source instanceof IterableSource) || !source.isReadable) return none;
  const known = await store.listItemPages(runId, stage);
  const isTakingAnew = terms.accept === "redo" && state.leftOutCount + state.absentCount > 0;
  const isUnknown = known.length === 0 && state.okCount + state.errorCount > 0;
  if (!isTakingAnew && !isUnknown && (await isAsTaken(source, known))) {
    return { decision, isLeavingOut: state.leftOutCount > 0 };
  }
  const { judged } = await judgeItems({ store, runId }, { stage, source, state, known, signal: NEVER }, terms);
  const all: readonly JudgedDrift[] = judged === null ? decision.judged : [...decision.judged, judged];
  const passes = decision.passes.includes(null) ? decision.passes : [...decision.passes, null];
  const isRefused = decision.isRefused || judged?.verdict === "refuse";
  return {
    decision: { ...decision, judged: all, isRefused, isSourceChanged: true, passes },
    isLeavingOut: judged?.verdict === "reuse" || (state.leftOutCount > 0 && judged?.verdict !== "redo"),
  };
}

async function isAsTaken(source: IterableSource, known: Parameters<typeof compareTaken>[1]): Promise<boolean> {
  try {
    await compareTaken(source, known, NEVER);
    return true;
  } catch (error) {
    if (error instanceof ItemsChanged) return false;
    throw error;
  }
}
