/** Which runs a process holds beside each other in the model, which has two of them at the most. */
import type { LeaseRules } from "./lease-rules.js";
import type { LeaseState, Row, Worker } from "./lease-state.js";

export function otherOf({ rows }: LeaseState, r: number): Row | null {
  return rows[1 - r] ?? null;
}

/** The other run, where this process holds it too: it is told so, or the store has given it. */
export function besideOf(state: LeaseState, { cells }: Worker, r: number): Row | null {
  const other = otherOf(state, r);
  const cell = cells[1 - r];
  const isHeld = other !== null && cell !== undefined && cell.claim !== 0 && cell.claim === other.nonce;
  return isHeld ? other : null;
}

/** Beside what it executes: a run whose process died shares the next one with no other. */
export function mayTake(rules: LeaseRules, state: LeaseState, worker: Worker, r: number): boolean {
  if (!rules.keepsSuspectsAlone) return true;
  const beside = besideOf(state, worker, r);
  return beside === null || (state.rows[r]?.deaths === 0 && beside.deaths === 0);
}
