/**
 * Revision of a run's control state. Callers compare it to be sure that they act on the state they saw. It changes with
 * every move, wish, recovery and restart, but not with progress or time, so readers of an executing run are not
 * constantly outdated.
 */
import type { RunRecord } from "./run.js";

/** Fields that determine a run's revision. Every `RunRecord` has them. */
export type ControlState = Pick<
  RunRecord,
  | "createdAt"
  | "generation"
  | "status"
  | "reason"
  | "recoveries"
  | "retries"
  | "through"
  | "wish"
  | "head"
  | "updatedAt"
> & { readonly lease: { readonly token: number } | null };

/** Returns an opaque, short text that is safe in an ETag. It is equal for equal control states of the same run. */
export function revisionOf(run: ControlState): string {
  const { createdAt, generation, status, reason, recoveries, retries, through, wish, lease } = run;
  // While a run executes, events and times change constantly, so the lease distinguishes states. Otherwise only a move
  // writes an event, and changes without an event (another input, another `through`) set `updatedAt`.
  const mark = status === "running" ? [lease?.token] : [run.head, run.updatedAt];
  // A run that was deleted and created again under the same ID is a different run.
  const facts = [createdAt, generation, status, reason, recoveries, retries, through, wish?.kind, wish?.reason, mark];
  return `${generation}-${hash53(JSON.stringify(facts)).toString(36)}`;
}

/** Two multiplicative hashes mixed into 53 bits. Not cryptographic: it only has to change with its input. */
function hash53(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
