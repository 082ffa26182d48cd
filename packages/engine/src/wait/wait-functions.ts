/** The waits of a run's context (`workflow/waits.ts`), over the calls that the store answers. */
import { DURATION_MAX_MS, readDurationMs, type WaitDue, WrongUseError, wordDuration } from "@holdfast/core";
import type { SleepHow, Waits } from "../workflow/waits.js";
import { callWait, type WaitParts } from "./wait-call.js";

export function makeWaits(parts: WaitParts): Pick<Waits, "sleep"> {
  const { registry, execution } = parts;
  return {
    sleep: async (name, how) => {
      registry.register(name);
      const due = readDue(name, how, execution.deps.clock.nowMs());
      await callWait(parts, { stage: name, kind: "sleep", open: () => ({ stage: name, kind: "sleep", due }) });
    },
  };
}

/** @throws {WrongUseError} WRONG_USE — for what is neither a duration nor an instant within ten years. */
export function readDue(name: string, how: SleepHow, nowMs: number): WaitDue {
  if (typeof how !== "object" || how === null) {
    const ms = readDurationMs(how);
    if (ms !== null) return { kind: "after", ms };
    const problem = `Sleep ${name}: ${wordDuration()}, or text such as "90s", "15m", "2h" or "3d", is expected; ${String(how)} was given.`;
    throw new WrongUseError({ problem });
  }
  const { until } = how;
  const atMs = until instanceof Date ? until.getTime() : until;
  if (typeof atMs === "number" && Number.isFinite(atMs) && atMs - nowMs <= DURATION_MAX_MS) return { kind: "at", atMs };
  const problem = `Sleep ${name}: until: a valid date, or milliseconds UTC, at most 10 years ahead is expected; ${String(until)} was given.`;
  throw new WrongUseError({ problem });
}
