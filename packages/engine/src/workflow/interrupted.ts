/**
 * Why a stage is asked to stop. An interruption aborts the stage's `signal` with one of these as its reason; the promise
 * of an interrupted `stage()` call never settles, so that no `catch` of user code can take it for a failure.
 */
/** `stray`: an error of this attempt was thrown where nobody caught it, and has failed it. */
export type InterruptedWhy = "pause" | "cancel" | "timeout" | "leaseLost" | "shutdown" | "runFailed" | "stray";

/** Reason of a stage's `signal`: why the stage is asked to stop, and how long it may take. */
export class Interrupted extends Error {
  /** Always "Interrupted". */
  override readonly name = "Interrupted";
  constructor(
    /** What interrupted it. */
    readonly why: InterruptedWhy,
    /** How long the stage may still take to clean up before the process goes on without it. */
    readonly graceMs: number,
    /** False where only this attempt ends: by its own timeout, or by an error that nobody caught. */
    readonly isExecutionEnding: boolean = why !== "timeout" && why !== "stray",
  ) {
    super(`interrupted: ${why}`);
  }
}

/** `AbortSignal` of a stage or an item, whose reason is an `Interrupted`. */
export interface StageSignal extends AbortSignal {
  /** Why it was aborted; undefined until then. */
  readonly reason: Interrupted | undefined;
}
