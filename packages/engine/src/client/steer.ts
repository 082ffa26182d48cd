/**
 * Steering a run: pause, cancel, fail. At once where nobody runs it; by a wish that its worker obeys where somebody does;
 * and where that worker is dead, carried out here, since nobody else will.
 */
import { type RunId, RunNotFoundError, reasonGiven, type WishKind } from "@holdfast/core";
import { isHolderDead } from "../base/identity.js";
import type { ActOptions } from "../manage/facade.js";
import type { Engine } from "../opened/engine.js";
import { illegalMove } from "../opened/refusals.js";
import { changed, termsOf } from "./act.js";

/** @throws {IllegalMoveError} ILLEGAL_MOVE @throws {RunNotFoundError} RUN_NOT_FOUND @throws {RunChangedError} RUN_CHANGED */
export async function steer(opened: Engine, runId: RunId, wish: WishKind, how: ActOptions): Promise<void> {
  const { store, hints } = opened.deps;
  const reason = reasonGiven(how.reason ?? null);
  const by = opened.actor.id;
  const outcome = await store.steer({ runId, wish, reason, by, ...termsOf(opened, wish, how) });
  hints.notify(runId);
  switch (outcome.kind) {
    case "moved":
      return;
    case "notFound":
      throw new RunNotFoundError({ runId });
    case "refused":
      throw illegalMove(runId, outcome.status, wish);
    case "changed":
      throw changed(runId, outcome, how.expect);
    case "asked": {
      opened.executions.get(runId)?.stopping.obey(wish);
      // The wish is audited already; this carries it out.
      await steerDead(opened, runId, wish, reason ?? "as asked; its holder was gone");
    }
  }
}

/**
 * Carry out what no holder lives to obey. False where somebody holds it who is alive, as far as anybody can tell, or nobody does.
 */
export async function steerDead(opened: Engine, runId: RunId, wish: WishKind, reason: string): Promise<boolean> {
  const { store, hints } = opened.deps;
  const lease = await store.getLease(runId);
  if (lease === null) return false;
  const isDead = isHolderDead(opened.deps, lease);
  if (!isDead && !lease.isExpired) return false;
  const recovery = { runId, token: lease.token, about: "holder", isHolderDead: isDead, by: opened.actor.id } as const;
  const isDone = await store.recover(recovery, { action: wish, reason, uses: "nothing", afterMs: 0 });
  hints.notify(runId);
  return isDone;
}
