/**
 * Why an execution stops before its workflow function has ended, and which reason wins when several come.
 */
import type { DriftItem, InputTexts, WaitKind } from "@holdfast/core";

export type Stop =
  | { readonly why: "leaseLost"; readonly heldBy: string | null }
  /** The store cannot be written: nothing can be reported, the lease runs out by itself. */
  | { readonly why: "storeFailed"; readonly error: unknown }
  | { readonly why: "cancel" | "fail" | "pause" }
  /** An error that is the outside's fault (rate limit, quota, disk full): the run waits instead of failing. */
  | { readonly why: "verdict"; readonly reason: string; readonly wakeInMs: number | null; readonly error: unknown }
  | { readonly why: "drift"; readonly drift: readonly DriftItem[] }
  | { readonly why: "through"; readonly stage: string }
  /** Its function goes on as the next generation, with this input. */
  | { readonly why: "continue"; readonly input: InputTexts }
  /** All that it could do waits. */
  | { readonly why: "wait"; readonly waits: readonly { readonly stage: string; readonly kind: WaitKind }[] }
  /** A worker that drains, within its own grace where one is given, or aborts. */
  | {
      readonly why: "shutdown";
      readonly isAborting: boolean;
      readonly reason?: string | undefined;
      readonly graceMs?: number | undefined;
    };

const RANK: Record<Stop["why"], number> = {
  leaseLost: 9, // nothing can be written any more, whatever else was asked
  storeFailed: 8,
  cancel: 7,
  fail: 6,
  drift: 5,
  verdict: 4,
  pause: 3,
  shutdown: 2,
  through: 1,
  continue: 1,
  wait: 0,
};

/** Whether `next` replaces `current`: a stronger reason, or a shutdown that turned from draining to aborting. */
export function outranks(next: Stop, current: Stop | null): boolean {
  if (current === null) return true;
  if (next.why === "shutdown" && current.why === "shutdown") return next.isAborting && !current.isAborting;
  return RANK[next.why] > RANK[current.why];
}
