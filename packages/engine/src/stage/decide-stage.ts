/**
 * What becomes of one call of `stage()`, from its record and what it declares now. Pure: the execution carries it out, and
 * the plan of a resume tells it beforehand, so the two cannot differ.
 */
import type { DriftItem, StageRecord } from "@holdfast/core";
import type { JudgedDrift, Terms } from "../run/drift-terms.js";

export type StageDecision =
  | { readonly kind: "run" }
  | { readonly kind: "answer"; readonly judged: JudgedDrift | null }
  | { readonly kind: "redo" | "refuse"; readonly judged: JudgedDrift };

export function judgeDrift(drift: DriftItem, terms: Terms): JudgedDrift {
  if (drift.what === "inputs" && terms.isRedoingItems) return { drift, verdict: "redo", isTold: false };
  const { accept } = terms;
  if (accept === "reuse" || accept === "redo") return { drift, verdict: accept, isTold: true };
  return { drift, verdict: "refuse", isTold: true };
}

/** `outdated`: the changed file of a dataset that the recorded stage gave, or null. */
export function decideStage(
  record: StageRecord | null,
  now: { readonly inputsHash: string | null; readonly outdated: DriftItem | null },
  terms: Terms,
): StageDecision {
  if (record === null) return { kind: "run" };
  const { stage, inputsHash: was } = record;
  const drift = was === now.inputsHash ? now.outdated : inputsDrift(stage, was, now.inputsHash);
  if (drift === null) return { kind: "answer", judged: null };
  // A failure is nothing to lose. It is what the person who changed the input wants to get rid of.
  if (record.outcome === "failed" && terms.isReopening && drift.what === "inputs") {
    return { kind: "redo", judged: { drift, verdict: "redo", isTold: true } };
  }
  const judged = judgeDrift(drift, terms);
  return judged.verdict === "reuse" ? { kind: "answer", judged } : { kind: judged.verdict, judged };
}

export function inputsDrift(stage: string, was: string | null, now: string | null): DriftItem {
  return { what: "inputs", stage, was: short(was), now: short(now) };
}

const short = (hash: string | null) => (hash === null ? "not declared" : hash.slice(0, 12));
