/**
 * How one attempt at a stage or an item is told to stop. Its `AbortSignal` is made when somebody asks for it: most short
 * attempts never do, and making one costs as much as all else that the engine does for them.
 */
import type { Interrupted, StageSignal } from "../workflow/interrupted.js";

export class AttemptAbort {
  private controller: AbortController | null = null;
  private why: Interrupted | null = null;
  /** Called once, after the signal's own listeners. */
  onAbort: (() => void) | null = null;

  /** Null until aborted. */
  get reason(): Interrupted | null {
    return this.why;
  }

  get signal(): StageSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.why !== null) this.controller.abort(this.why);
    }
    return this.controller.signal as StageSignal;
  }

  /** The first reason stays. */
  abort(why: Interrupted): void {
    if (this.why !== null) return;
    this.why = why;
    this.controller?.abort(why);
    this.onAbort?.();
  }
}
