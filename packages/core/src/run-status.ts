/** The states of a run, and the moves between them. */

/** Every state of a run, in the order they are shown. */
export const RUN_STATUSES = ["queued", "running", "paused", "completed", "failed", "cancelled"] as const;
/** The state of a run. */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The only legal moves. The contract suite tries every pair, legal and illegal, on every store. */
export const RUN_MOVES = {
  queued: ["running", "paused", "failed", "cancelled"],
  running: ["queued", "paused", "completed", "failed", "cancelled"], // to queued: handed back, or recovered
  paused: ["queued", "failed", "cancelled"],
  completed: ["queued"], // by a person only: restart, or a finished map reopened
  failed: ["queued"], // by a person only
  cancelled: ["queued"], // by a person only
} as const satisfies Record<RunStatus, readonly RunStatus[]>;

/** Whether a run may go from one state to the other; the table is `RUN_MOVES`. */
export function canMove(from: RunStatus, to: RunStatus): boolean {
  return (RUN_MOVES[from] as readonly RunStatus[]).includes(to);
}

/** Finished: nothing will happen to the run any more unless a person asks for it. */
export function isFinished(status: RunStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}
