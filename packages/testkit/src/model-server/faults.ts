// Chooses the fault of a request. Pure, and seeded by (seed, key, n-th request of that key), so that an item meets the
// same faults whatever the order of requests, and again after a restart of client or server.
import { createHash } from "node:crypto";

/** Faults before the model works: not charged. */
export const UNPAID_FAULTS = ["auth401", "quota", "rate429", "error5xx", "contextLength"] as const;
/** Faults after the model worked: charged, whatever the client gets to see. */
export const PAID_FAULTS = [
  "hang", // never answers; the connection stays open until the client or the server closes it
  "reset", // half the body, then the connection breaks
  "badBody", // a body that is not JSON
  "truncatedJson", // the model's JSON stops in the middle, although the finish reason says "stop"
  "fencedJson", // the model's JSON within prose and a code fence
  "invalidSchema", // JSON that does not match the schema
  "emptyContent",
  "lengthFinish", // cut off at the token limit
  "refusal",
  "missingUsage",
] as const;
export const FAULTS = [...UNPAID_FAULTS, ...PAID_FAULTS] as const;
export type FaultName = (typeof FAULTS)[number];

export interface FaultPlan extends Partial<Record<FaultName, number>> {
  /** Retry-After of rate429, in seconds. Default 1. */
  readonly retryAfterSeconds?: number;
  /**
   * Replaces chance: the faults of the first, second, … request of a key. A list applies to every key; a record gives
   * lists by key, with "*" for the others. Requests beyond the list are drawn by probability.
   */
  readonly script?: readonly (FaultName | "ok")[] | Readonly<Record<string, readonly (FaultName | "ok")[]>>;
}

/** Returns a number in [0, 1), the same for the same parts. */
export function drawFraction(...parts: readonly (string | number)[]): number {
  return createHash("sha256").update(parts.join("\0")).digest().readUInt32BE(0) / 2 ** 32;
}

/** Returns the fault of the n-th request (from 1) of a key, or null. */
export function drawFault(plan: FaultPlan, seed: number, key: string, n: number): FaultName | null {
  const scripted = scriptFor(plan, key)?.[n - 1];
  if (scripted !== undefined) return scripted === "ok" ? null : scripted;
  let left = drawFraction(seed, key, n, "fault");
  for (const name of FAULTS) {
    left -= plan[name] ?? 0;
    if (left < 0) return name;
  }
  return null;
}

export function isPaid(fault: FaultName | null): boolean {
  return fault === null || (PAID_FAULTS as readonly string[]).includes(fault);
}

/**
 * Checks a plan. @throws {TypeError} for an unknown name, a probability outside 0..1, or probabilities that add up to
 * more than 1.
 */
export function checkFaultPlan(plan: FaultPlan): void {
  const scripts: readonly unknown[] =
    plan.script === undefined ? [] : Array.isArray(plan.script) ? plan.script : Object.values(plan.script).flat();
  for (const step of scripts) {
    if (step !== "ok" && !isFault(step)) throw new TypeError(`Fault script: "${String(step)}" is no fault. ${KNOWN}`);
  }
  let sum = 0;
  for (const [name, value] of Object.entries(plan)) {
    if (name === "script") continue;
    if (typeof value !== "number" || !(value >= 0))
      throw new TypeError(`Fault ${name}: ${String(value)} is no number from 0.`);
    if (name === "retryAfterSeconds") continue;
    if (!isFault(name)) throw new TypeError(`Fault plan: "${name}" is no fault. ${KNOWN}`);
    sum += value;
  }
  if (sum > 1 + 1e-9) throw new TypeError(`Fault plan: the probabilities add up to ${sum}; at most 1 is possible.`);
}

const KNOWN = `Known: ${FAULTS.join(", ")}, ok.`;

function isFault(name: unknown): name is FaultName {
  return (FAULTS as readonly unknown[]).includes(name);
}

function scriptFor(plan: FaultPlan, key: string): readonly (FaultName | "ok")[] | undefined {
  const { script } = plan;
  if (script === undefined || isList(script)) return script;
  return script[key] ?? script["*"];
}

function isList(script: NonNullable<FaultPlan["script"]>): script is readonly (FaultName | "ok")[] {
  return Array.isArray(script);
}
