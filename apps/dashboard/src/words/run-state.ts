/**
 * A run's state as the page says it: one of the tones, an icon's name, and the words. The one place that turns status, wish,
 * lease and reason into what people read.
 */
import type { RunSummary } from "../api/types.js";
import { count } from "./numbers.js";
import { until } from "./times.js";

export type Tone = "run" | "ok" | "fail" | "hold" | "ask" | "idle";
export type StateIcon =
  | "ring"
  | "turning"
  | "queued"
  | "paused"
  | "hourglass"
  | "stalled"
  | "recovering"
  | "completed"
  | "marked"
  | "failed"
  | "cancelled";

export interface RunState {
  readonly tone: Tone;
  readonly icon: StateIcon;
  readonly word: string;
  /** Loud in a list: it needs a person. */
  readonly edge: "fail" | "hold" | null;
}

type Facts = Pick<
  RunSummary,
  "status" | "reason" | "wish" | "lease" | "recoveries" | "startedAt" | "wakeAt" | "progress" | "through" | "generation"
>;

/** `isStuck` is the health's word where it is known; a row of a list goes by its lease. */
export function stateOf(run: Facts, nowMs: number, isStuck?: boolean): RunState {
  switch (run.status) {
    case "queued":
      return queuedState(run, nowMs);
    case "running":
      return runningState(run, nowMs, isStuck);
    case "waiting":
      return waitingState(run, nowMs);
    case "paused":
      return pausedState(run, nowMs);
    case "completed": {
      const { failed } = run.progress;
      if (failed === 0) return { tone: "ok", icon: "completed", word: "Completed", edge: null };
      return { tone: "ok", icon: "marked", word: `Completed, ${count(failed)} failed`, edge: null };
    }
    case "failed":
      return { tone: "fail", icon: "failed", word: "Failed", edge: "fail" };
    case "cancelled":
      return { tone: "idle", icon: "cancelled", word: "Cancelled", edge: null };
  }
}

function queuedState(run: Facts, nowMs: number): RunState {
  if (run.recoveries > 0) return { tone: "run", icon: "recovering", word: "Recovering", edge: null };
  if (run.wakeAt !== null && run.wakeAt > nowMs + 1_000)
    return {
      tone: "idle",
      icon: "hourglass",
      word: `${run.startedAt === null ? "Starts" : "Waiting until"} ${until(run.wakeAt, nowMs)}`,
      edge: null,
    };
  return { tone: "idle", icon: "queued", word: "Queued", edge: null };
}

/** It waits as its code says, and needs nobody. */
function waitingState({ wakeAt }: Facts, nowMs: number): RunState {
  const word = wakeAt === null ? "Waiting" : `Waiting until ${until(wakeAt, nowMs)}`;
  return { tone: "idle", icon: "hourglass", word, edge: null };
}

function runningState(run: Facts, nowMs: number, isStuck: boolean | undefined): RunState {
  const isSilent = run.lease !== null && run.lease.expiresAt < nowMs;
  if (isStuck ?? isSilent) return { tone: "hold", icon: "stalled", word: "Stalled", edge: "hold" };
  const share = run.progress.total === null || run.progress.total === 0 ? null : run.progress.done / run.progress.total;
  const icon = share === null ? "turning" : "ring";
  if (run.wish?.kind === "pause") return { tone: "run", icon, word: "Pausing", edge: null };
  if (run.wish?.kind === "cancel") return { tone: "run", icon, word: "Cancelling", edge: null };
  if (run.wish?.kind === "fail") return { tone: "run", icon, word: "Stopping", edge: null };
  return { tone: "run", icon, word: "Running", edge: null };
}

function pausedState({ reason, wakeAt, through }: Facts, nowMs: number): RunState {
  if (wakeAt !== null)
    return { tone: "idle", icon: "hourglass", word: `Waiting until ${until(wakeAt, nowMs)}`, edge: null };
  if (reason === "through" && through !== null)
    return { tone: "hold", icon: "paused", word: `Paused at ${through}`, edge: null };
  const isShort = reason !== null && reason.length <= 20 && reason !== "paused";
  const word = isShort ? `Paused, ${reason.replaceAll("_", " ")}` : "Paused";
  return { tone: "hold", icon: "paused", word, edge: "hold" };
}
