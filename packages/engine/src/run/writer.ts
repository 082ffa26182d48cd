/**
 * What one execution writes under its lease, and what each answer of the store means for it: a refused or failed write stops
 * the execution.
 */
import type { Fence, WriteOutcome } from "@holdfast/core";
import type { ExecutorDeps } from "./deps.js";
import type { PatientStore } from "./patient-store.js";
import type { Stopping } from "./stopping.js";

export class RunWriter {
  /** Resources that it holds, or held when it was told to stop: free once the run's lease has ended. */
  readonly resources = new Set<string>();
  /** The uses of datasets that are in the store already. */
  readonly notedUses = new Set<string>();

  constructor(
    private readonly fence: Fence,
    private readonly deps: Pick<ExecutorDeps, "store" | "hints">,
    /** Where writes wait for a busy or full store, as long as the lease is trusted. */
    readonly patient: PatientStore,
    private readonly stopping: Pick<Stopping, "stop" | "obey">,
  ) {}

  /** Whether a fenced write was accepted; otherwise the execution is told to stop. */
  accepts(outcome: WriteOutcome): boolean {
    switch (outcome.kind) {
      case "written":
        if (outcome.wish !== null) this.stopping.obey(outcome.wish);
        return true;
      case "leaseLost":
        this.stopping.stop({ why: "leaseLost", heldBy: outcome.heldBy });
        return false;
      case "cancelled":
        this.stopping.obey(outcome.wish);
        return false;
      case "duplicate":
        return false;
    }
  }

  /** A write that nobody waits for: its refusal or failure stops the execution all the same. */
  follow(written: Promise<WriteOutcome>): void {
    written.then(
      (outcome) => this.accepts(outcome),
      (error) => this.stopping.stop({ why: "storeFailed", error }),
    );
  }

  async release(resources: readonly string[]): Promise<void> {
    const { store, hints } = this.deps;
    await store.releaseResources(this.fence, resources);
    for (const name of resources) this.resources.delete(name);
    hints.notifyFreed(resources);
  }
}
