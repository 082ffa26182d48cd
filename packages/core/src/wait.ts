/**
 * Waits: stages that end by a condition instead of code. What they are called, when an instant has come, and when a run may
 * be parked; pure. The store records a wait's outcome in the transaction in which its condition came true (`store/waits.ts`).
 */

/** Kinds of waits, in display order. */
export const WAIT_KINDS = ["sleep", "child", "start", "signal", "ask"] as const;
/**
 * What a wait waits for. `sleep`: an instant. `child`: the end of a child run. `start`: that a child run can be created. `signal`:
 * something sent to the run. `ask`: a person's answer.
 */
export type WaitKind = (typeof WAIT_KINDS)[number];

/** A wait as it is shown. */
export interface WaitView {
  /** What it waits for. */
  readonly kind: WaitKind;
  /** When it ends at the latest, in milliseconds UTC; null if only something from outside ends it. */
  readonly dueAt: number | null;
  /** Names of the signals that end it. */
  readonly signals?: readonly string[] | undefined;
  /** Title of the question. */
  readonly title?: string | undefined;
  /** Child run that it waits for; left out where it waits for none, or while the child is not created yet. */
  readonly childId?: string | undefined;
}

/** A question to a person, as it is stored with its wait. */
export interface WaitQuestion {
  /** The question itself, in one line. */
  readonly title: string;
  /** What the person has to know, or a file of the run that says it; null if nothing more. */
  readonly details: string | { readonly stage: string; readonly attempt: number; readonly name: string } | null;
  /** JSON Schema of the answer; null if its library cannot describe it. */
  readonly schema: unknown;
  /** Who may answer: `role:<role>` or `user:<id>`; empty: everybody who may act on the run. */
  readonly to: readonly string[];
}

/**
 * When a wait ends at the latest. `after`: so long after it was first opened, whatever the wall clock does meanwhile. `at`:
 * once the wall clock is there.
 */
export type WaitDue = { readonly kind: "after"; readonly ms: number } | { readonly kind: "at"; readonly atMs: number };

/**
 * A wait that ends within this time is sat out by the worker that opened it, in milliseconds: to park a run and to take it
 * again costs three commits and a replay, which would make short waits longer.
 */
export const SAT_OUT_MS = 2_000;

/** Facts about a run's calls from which it is decided whether the run may be parked. */
export interface PendingCalls {
  /** `stage()` and `map()` calls that are neither answered, nor waits that are open, nor put off until a later resume. */
  readonly busyCount: number;
  /** Attempts in flight. */
  readonly inFlightCount: number;
  /** Time left of each open wait, in milliseconds; null for one without an instant. */
  readonly leftMs: readonly (number | null)[];
}

/** Returns whether everything that a run could do waits, and none of its waits is about to end. */
export function mayPark({ busyCount, inFlightCount, leftMs }: PendingCalls): boolean {
  if (busyCount > 0 || inFlightCount > 0 || leftMs.length === 0) return false;
  return leftMs.every((ms) => ms === null || ms >= SAT_OUT_MS);
}

/** Names of waits shown before the rest are only counted. */
const NAMED_MAX = 3;

/** Describes what a run waits for: "sleep cool-down, sleep report and 2 more". */
export function wordWaits(waits: readonly { readonly stage: string; readonly kind: WaitKind }[]): string {
  const named = waits.slice(0, NAMED_MAX).map(({ stage, kind }) => `${kind} ${stage}`);
  const more = waits.length - named.length;
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}
