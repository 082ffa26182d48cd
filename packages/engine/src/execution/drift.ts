/**
 * Drift found while a run executes: declared inputs of a recorded stage that are no longer what they were. What happens
 * is the user's word: reuse the record, redo the stage, or (by default) refuse to go on and say so.
 */
import type { DriftItem } from "@holdfast/core";
import type { Accept } from "../facade.js";
import type { Execution } from "./execution.js";

export class Drift {
  private readonly found: DriftItem[] = [];

  constructor(
    private readonly execution: Execution,
    private readonly accepted: Accept | null,
  ) {}

  judgeInputs(stage: string, was: string | null, now: string | null): "reuse" | "redo" | "refuse" {
    return this.judge(inputsDrift(stage, was, now));
  }

  judge(item: DriftItem): "reuse" | "redo" | "refuse" {
    // Items of an earlier stage were redone because a person asked: what declares them as inputs follows.
    const isFollowing = item.what === "inputs" && this.execution.run.directive?.only != null;
    if (isFollowing) return "redo";
    if (this.accepted === "reuse" || this.accepted === "redo") {
      this.report(item, this.accepted);
      return this.accepted;
    }
    this.found.push(item);
    // Parallel stages may drift together: stop once all that are ready have been looked at.
    this.execution.deps.clock.setTimer(0, () => this.execution.stop({ why: "drift", drift: this.found }));
    return "refuse";
  }

  /** Write down that a drift was accepted, or that a recorded stage was no longer asked for. */
  report(item: DriftItem, as: string): void {
    const { deps, fence } = this.execution;
    const data = { drift: [item], as, by: deps.holder.name };
    this.execution.follow(deps.store.appendEvents(fence, [{ type: "drift.accepted", data }]));
  }
}

export function inputsDrift(stage: string, was: string | null, now: string | null): DriftItem {
  return { what: "inputs", stage, was: short(was), now: short(now) };
}

const short = (hash: string | null) => (hash === null ? "not declared" : hash.slice(0, 12));

/** Resolves when the execution is told to stop: once all stages that are ready were looked at for drift, say. */
export function untilStopped({ stopSignal }: Execution): Promise<void> {
  return new Promise((resolve) => {
    if (stopSignal.aborted) resolve();
    else stopSignal.addEventListener("abort", () => resolve(), { once: true });
  });
}
