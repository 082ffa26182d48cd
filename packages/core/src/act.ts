/**
 * Acts that a person may request of a run, the states that allow each, and what to do instead when one is refused.
 *
 * The table is not `RUN_MOVES`: a running run may be paused because its worker can be asked to, but it cannot be
 * restarted, although a worker may put it back into the queue. A test checks both tables against a real store.
 */
import type { RunStatus } from "./run-status.js";

/** Acts on one run that its state may forbid. A fork is allowed from any state. */
export type RunAct = "pause" | "cancel" | "fail" | "resume" | "restart" | "delete" | "reset recoveries";

/**
 * States that allow each act, or in which the run's worker is asked to perform it. A running run that is resumed or
 * restarted is refused as locked instead. A completed run can be resumed too if it has items to try again.
 */
export const ACTS_FROM = {
  pause: ["queued", "running", "waiting"],
  cancel: ["queued", "running", "waiting", "paused"],
  fail: ["queued", "running", "waiting", "paused"],
  resume: ["queued", "paused", "failed", "cancelled"],
  restart: ["waiting", "paused", "completed", "failed", "cancelled"],
  delete: ["queued", "waiting", "paused", "completed", "failed", "cancelled"],
  "reset recoveries": ["queued", "running", "waiting", "paused"],
} as const satisfies Record<RunAct, readonly RunStatus[]>;

/** Returns whether the state allows the act, by `ACTS_FROM`. */
export function canAct(act: RunAct, status: RunStatus): boolean {
  return (ACTS_FROM[act] as readonly RunStatus[]).includes(status);
}

/** An act that is possible instead of a refused one. */
export interface ActCure {
  readonly act: "cancel" | "restart";
  readonly label: string;
}

/** Returns the act to suggest; null if nothing needs doing, because the run is already in that state or will be. */
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
    case "waiting": // goes on by itself; nothing is there to resume
    case "paused":
      return null;
  }
}
