/**
 * Steering a run: pause, cancel, fail. At once where nobody runs it; by a wish that its worker obeys where somebody does;
 * and where that worker is dead, carried out here, since nobody else will.
 */
import {
  IllegalMoveError,
  PlanStaleError,
  RUN_MOVES,
  RUN_STATUSES,
  type RunId,
  RunNotFoundError,
  type RunStatus,
  type WishKind,
} from "@holdfast/core";
import type { Opened } from "./opened.js";

const ENDS_IN: Record<WishKind, RunStatus> = { pause: "paused", cancel: "cancelled", fail: "failed" };

/** @throws {IllegalMoveError} ILLEGAL_MOVE @throws {RunNotFoundError} RUN_NOT_FOUND */
export async function steer(opened: Opened, runId: RunId, wish: WishKind, reason: string | null): Promise<void> {
  const { store, hints, isProvenDead } = opened.deps;
  const outcome = await store.steer({ runId, wish, reason, by: opened.actor });
  hints.notify(runId);
  switch (outcome.kind) {
    case "moved":
      return;
    case "notFound":
      throw new RunNotFoundError({ runId });
    case "refused":
      throw illegalMove(runId, outcome.status, wish, ENDS_IN[wish]);
    case "changed":
      throw new PlanStaleError({ runId });
    case "asked": {
      opened.executions.get(runId)?.obey(wish);
      const lease = await store.getLease(runId);
      if (lease === null) return;
      const isHolderDead = isProvenDead(lease.holderIdentity);
      if (!isHolderDead && !lease.isExpired) return;
      await store.recover(
        { runId, token: lease.token, isHolderDead, by: opened.actor },
        { action: wish, reason: reason ?? "as asked; its holder was gone", uses: "nothing", afterMs: 0 },
      );
      hints.notify(runId);
    }
  }
}

export function illegalMove(runId: string, status: RunStatus, asked: string, to: RunStatus): IllegalMoveError {
  const allowed = RUN_STATUSES.filter((from) => (RUN_MOVES[from] as readonly RunStatus[]).includes(to));
  return new IllegalMoveError({ runId, status, asked, allowed });
}
