/** How a map pauses its run: what is under way finishes and is kept, then the run rests with a typed reason. */
import { toUsd } from "@holdfast/core";
import type { Execution } from "../run/execution.js";
import type { Budget } from "./budget.js";
import type { Commits } from "./commits.js";

export interface PausingOptions {
  readonly execution: Execution;
  readonly stage: string;
  readonly commits: Commits;
  readonly budget: Budget;
  readonly log: (message: string, data?: unknown) => void;
}

export class Pausing {
  constructor(private readonly options: PausingOptions) {}

  forBudget(): void {
    const { commits, stage, budget, execution } = this.options;
    if (execution.stopping.stopped !== null) return;
    const data = { stage, spentUsd: toUsd(budget.spent), budgetUsd: toUsd(budget.most) };
    commits.addEvent({ type: "budget.reached", data });
    execution.stopping.stop({ why: "verdict", reason: "budget", wakeInMs: null, error: null });
  }

  because(reason: string, wakeInMs: number | null, error: unknown): void {
    const { execution, log } = this.options;
    // The first reason is the one that is told; what is under way may still meet the same.
    if (execution.stopping.stopped === null) {
      log(`pausing: ${reason}`, error === null ? undefined : { error: execution.errors.record(error).message });
    }
    execution.stopping.stop({ why: "verdict", reason, wakeInMs, error });
  }
}
