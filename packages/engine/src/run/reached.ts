/**
 * What an execution keeps of the run's progress so that no reader ever sees it fall: the fraction before recorded work is taken
 * up again, and what stages report of themselves. The execution alone holds the run, so what it knows is the newest.
 */
import { type ReachedProgress, type StageReached, shareDone } from "@holdfast/core";
import type { ExecutorDeps } from "./deps.js";
import { runProgress } from "./run-progress.js";
import type { Subject } from "./subject.js";
import type { RunWriter } from "./writer.js";

/** What it needs of the execution. */
export interface ReachedParts {
  readonly subject: Subject;
  readonly writer: Pick<RunWriter, "accepts">;
  readonly deps: Pick<ExecutorDeps, "store">;
}

export class Reached {
  private fraction: number;
  private readonly stages: Map<string, StageReached>;
  private isChanged = false;

  constructor(private readonly execution: ReachedParts) {
    const { fraction, stages } = execution.subject.run.reached;
    this.fraction = fraction;
    this.stages = new Map(Object.entries(stages));
  }

  /**
   * Notes how far the run is before user code runs again. From here on stages may be done anew, attempts begin at 0 and sources
   * give more items. A run that nothing was recorded of has nothing to lose.
   */
  async begin(): Promise<void> {
    const {
      deps,
      subject: { run, history, fence },
    } = this.execution;
    if (history.size === 0) return;
    const stages = [...history].map(([name, { record }]) => ({
      name,
      status: record?.outcome === "completed" ? ("completed" as const) : ("pending" as const),
    }));
    const { fraction } = runProgress(run, stages, await deps.store.listMaps(run.id));
    if (fraction <= this.fraction) return;
    this.fraction = fraction;
    this.execution.writer.accepts(
      await deps.store.setProgress(fence, { items: null, label: null, reached: this.value }),
    );
  }

  /** What a stage reports. Values that are no numbers are told in the label and count for nothing. */
  note(stage: string, done: number, total: number | undefined): void {
    const share = Math.max(this.stages.get(stage)?.share ?? 0, shareDone(done, total ?? null));
    const isCounted = Number.isFinite(done);
    this.stages.set(stage, {
      done: isCounted ? done : 0,
      total: isCounted && Number.isFinite(total) ? (total ?? null) : null,
      share,
    });
    for (const name of this.stages.keys()) {
      if (this.execution.subject.history.get(name)?.record?.outcome === "completed") this.stages.delete(name);
    }
    this.isChanged = true;
  }

  /** What is to be written; undefined where nothing changed since the last time. */
  take(): ReachedProgress | undefined {
    if (!this.isChanged) return undefined;
    this.isChanged = false;
    return this.value;
  }

  private get value(): ReachedProgress {
    return { fraction: this.fraction, stages: Object.fromEntries(this.stages) };
  }
}
