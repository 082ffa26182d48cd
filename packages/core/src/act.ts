/**
 * What a person may ask of a run in which state, and what they can do where it is refused. The states are those of
 * `RUN_MOVES` seen from the act: a running run may be paused because its worker can be asked to, and not be restarted though
 * a worker may put it back into the queue. A test holds both to what a real store does.
 */
import type { RunStatus } from "./run-status.js";

/** Acts on one run that its state may forbid. A fork is made from any. */
export type RunAct = "pause" | "cancel" | "fail" | "resume" | "restart" | "delete" | "reset recoveries";

/**
 * The states from which each is done, or in which the run's worker is asked to do it. A running run that is resumed or
 * restarted is locked by its worker, which is another refusal. With items to try again, a completed run is resumed too.
 */
export const ACTS_FROM = {
  pause: ["queued", "running"],
  cancel: ["queued", "running", "paused"],
  fail: ["queued", "running", "paused"],
  resume: ["queued", "paused", "failed", "cancelled"],
  restart: ["paused", "completed", "failed", "cancelled"],
  delete: ["queued", "paused", "completed", "failed", "cancelled"],
  "reset recoveries": ["queued", "running", "paused"],
} as const satisfies Record<RunAct, readonly RunStatus[]>;

/** Whether the act is possible in that state; the table is `ACTS_FROM`. */
export function canAct(act: RunAct, status: RunStatus): boolean {
  return (ACTS_FROM[act] as readonly RunStatus[]).includes(status);
}

/** What is possible instead of a refused act. */
export interface ActCure {
  readonly act: "cancel" | "restart";
  readonly label: string;
}

/** Null where there is nothing to do: it is so already, or will be by itself. */
export function cureOf(asked: RunAct, status: RunStatus): ActCure | null {
  if (canAct(asked, status)) return null;
  switch (status) {
    case "completed":
    case "failed":
    case "cancelled":
      return { act: "restart", label: "Restart it from the beginning" };
    case "queued":
      return asked === "restart" ? { act: "cancel", label: "Cancel it first, then restart it" } : null;
    case "running":
      return { act: "cancel", label: `Cancel it first; ${asked} it after it has stopped` };
    case "paused":
      return null;
  }
}
