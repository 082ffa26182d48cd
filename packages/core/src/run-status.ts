/** States of a run, and the moves between them. */

/** All states of a run, in display order. */
export const RUN_STATUSES = ["queued", "running", "waiting", "paused", "completed", "failed", "cancelled"] as const;
/** The state of a run. */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The only legal moves. The contract suite tries every pair of states on every store. */
export const RUN_MOVES = {
  queued: ["running", "paused", "failed", "cancelled"],
  running: ["queued", "waiting", "paused", "completed", "failed", "cancelled"], // to queued: returned, or recovered
  waiting: ["queued", "paused", "failed", "cancelled"], // to queued: what it waits for has come true
  paused: ["queued", "failed", "cancelled"],
  completed: ["queued"], // by a person only: a restart, or a finished map reopened
  failed: ["queued"], // by a person only
  cancelled: ["queued"], // by a person only
} as const satisfies Record<RunStatus, readonly RunStatus[]>;

/** Returns whether a run may move from one state to the other, by `RUN_MOVES`. */
export function canMove(from: RunStatus, to: RunStatus): boolean {
  return (RUN_MOVES[from] as readonly RunStatus[]).includes(to);
}

/** Returns whether a run is finished: its state changes only if a person requests it. */
export function isFinished(status: RunStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}
