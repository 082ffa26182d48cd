/**
 * Why a stage is asked to stop. An interruption aborts the stage's `signal` with one of these as its reason; the promise
 * of an interrupted `stage()` call never settles, so that no `catch` of user code can take it for a failure.
 */
export type InterruptedWhy = "pause" | "cancel" | "timeout" | "leaseLost" | "shutdown" | "runFailed";

export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor(
    readonly why: InterruptedWhy,
    /** How long the stage may still take to clean up before the process goes on without it. */
    readonly graceMs: number,
    /** Ended only a stage by its own timeout, or the whole execution. */
    readonly isExecutionEnding: boolean = why !== "timeout",
  ) {
    super(`interrupted: ${why}`);
  }
}

export interface StageSignal extends AbortSignal {
  readonly reason: Interrupted | undefined;
}
