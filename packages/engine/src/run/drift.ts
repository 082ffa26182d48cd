/**
 * Drift found while a run executes, carried out: reported where the user's word covers it, else the execution stops.
 * What the word is, `decide-stage.ts` says.
 */
import type { DriftItem } from "@holdfast/core";
import type { ExecutorDeps } from "./deps.js";
import type { Accept, JudgedDrift, Terms } from "./drift-terms.js";
import type { Stopping } from "./stopping.js";
import type { Subject } from "./subject.js";
import type { RunWriter } from "./writer.js";

/** What it needs of the execution. */
export interface DriftParts {
  readonly subject: Subject;
  readonly stopping: Pick<Stopping, "stop">;
  readonly writer: Pick<RunWriter, "follow">;
  readonly deps: Pick<ExecutorDeps, "clock" | "holder" | "store">;
}

export class Drift {
  private readonly found: DriftItem[] = [];
  readonly terms: Terms;

  constructor(private readonly execution: DriftParts) {
    const { directive } = execution.subject.run;
    this.terms = {
      accept: (directive?.accept as Accept | null | undefined) ?? null,
      isRedoingItems: directive?.only != null,
      isReopening: execution.subject.isReopening,
    };
  }

  carryOut({ drift, verdict, isTold }: JudgedDrift): void {
    if (verdict !== "refuse") {
      if (isTold) this.report(drift, verdict);
      return;
    }
    this.found.push(drift);
    // Parallel stages may drift together: stop once all that are ready have been looked at.
    this.execution.deps.clock.setTimer(0, () => this.execution.stopping.stop({ why: "drift", drift: this.found }));
  }

  /** Write down that a drift was accepted, or that a recorded stage was no longer asked for. */
  report(item: DriftItem, as: string): void {
    const {
      deps,
      subject: { fence },
    } = this.execution;
    const data = { drift: [item], as, by: deps.holder.name };
    this.execution.writer.follow(deps.store.appendEvents(fence, [{ type: "drift.accepted", data }]));
  }
}

/** Resolves when the execution is told to stop: once all stages that are ready were looked at for drift, say. */
export function untilStopped({ stopSignal }: Pick<Stopping, "stopSignal">): Promise<void> {
  return new Promise((resolve) => {
    if (stopSignal.aborted) resolve();
    else stopSignal.addEventListener("abort", () => resolve(), { once: true });
  });
}
