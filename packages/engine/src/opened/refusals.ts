/** Refusals that several operations share, worded from what the store answered. */
import {
  ACTS_FROM,
  IllegalMoveError,
  type LeaseView,
  type RunAct,
  RunLockedError,
  type RunStatus,
} from "@holdfast/core";

export function illegalMove(runId: string, status: RunStatus, asked: RunAct): IllegalMoveError {
  return new IllegalMoveError({ runId, status, asked, allowed: ACTS_FROM[asked] });
}

export function locked(runId: string, lease: LeaseView): RunLockedError {
  const { holder, host, pid, since } = lease;
  return new RunLockedError({ runId, holder, host, pid, since });
}
