/** Which runs a process holds at the same time in the model, which has at most two. */
import type { LeaseRules } from "./lease-rules.js";
import type { LeaseState, Row, Worker } from "./lease-state.js";

export function otherOf({ rows }: LeaseState, r: number): Row | null {
  return rows[1 - r] ?? null;
}

/** Returns the other run if this process holds it too: it has received it, or the store has given it. */
export function besideOf(state: LeaseState, { cells }: Worker, r: number): Row | null {
  const other = otherOf(state, r);
  const cell = cells[1 - r];
  const isHeld = other !== null && cell !== undefined && cell.claim !== 0 && cell.claim === other.nonce;
  return isHeld ? other : null;
}

/**
 * Returns whether the worker may take the run beside what it executes: a run whose process died shares the next one
 * with no other.
 */
export function mayTake(rules: LeaseRules, state: LeaseState, worker: Worker, r: number): boolean {
  if (!rules.keepsSuspectsAlone) return true;
  const beside = besideOf(state, worker, r);
  return beside === null || (state.rows[r]?.deaths === 0 && beside.deaths === 0);
}
