/**
 * The revision of a run's control state: what a caller compares to be sure that it acts on what it saw. It changes with
 * every move, wish, recovery and restart, never with progress or time, so that a run at work does not outrun its readers.
 */
import type { RunRecord } from "./run.js";

/** What of a run its revision is made of; every `RunRecord` has it. */
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

/** Opaque, short, safe in an ETag. Equal for equal control states of the same run. */
export function revisionOf(run: ControlState): string {
  const { createdAt, generation, status, reason, recoveries, retries, through, wish, lease } = run;
  // At work events and times go on by themselves, so the lease tells two states apart. At rest nothing but a move writes
  // an event, and what is changed without one (another input, another `through`) has its time.
  const mark = status === "running" ? [lease?.token] : [run.head, run.updatedAt];
  // A run that was deleted and made again under the same id is another run.
  const facts = [createdAt, generation, status, reason, recoveries, retries, through, wish?.kind, wish?.reason, mark];
  return `${generation}-${hash53(JSON.stringify(facts)).toString(36)}`;
}

/** Two multiplicative hashes mixed into 53 bits: no secret and no adversary, only a change that must show. */
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
