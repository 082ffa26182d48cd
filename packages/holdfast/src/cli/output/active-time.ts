/** How long a run was at work, which is not how long ago it started: pauses and waits in the queue are left out. Pure. */
import type { RunView, StageView } from "@holdfast/engine";
import { formatDuration } from "./time.js";

type Attempt = StageView["attempts"][number];

/** Less than this between the two is the engine's own time between stages, which nobody asks about. */
const TOLD_FROM_MS = 1_000;

/** Milliseconds during which at least one attempt was under way since the run's start. */
export function activeMs(run: RunView, nowMs: number): number {
  const from = run.startedAt ?? nowMs;
  const spans = run.stages
    .flatMap((stage) => stage.attempts)
    .map((attempt) => [Math.max(from, attempt.startedAt), endOf(attempt, run, nowMs)] as const)
    .sort((a, b) => a[0] - b[0]);
  let total = 0;
  let reached = from;
  for (const [start, end] of spans) {
    total += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return total;
}

/** Milliseconds of one attempt; an interrupted one without an end ended when its run was last heard of. */
export function attemptMs(attempt: Attempt, run: RunView, nowMs: number): number {
  return Math.max(0, endOf(attempt, run, nowMs) - attempt.startedAt);
}

/** "12.4 s", or "12.4 s of work, 2 h 07 min in total" where the run rested in between. */
export function wordRunTime(run: RunView, nowMs: number): string {
  if (run.startedAt === null) return formatDuration(0);
  const wholeMs = (run.finishedAt ?? (run.status === "running" ? nowMs : run.updatedAt)) - run.startedAt;
  const workMs = activeMs(run, nowMs);
  const isWhole =
    run.stages.every((stage) => stage.attempts.length === 0) || wholeMs - workMs < Math.max(TOLD_FROM_MS, wholeMs / 10);
  return isWhole ? formatDuration(wholeMs) : `${formatDuration(workMs)} of work, ${formatDuration(wholeMs)} in total`;
}

function endOf(attempt: Attempt, run: RunView, nowMs: number): number {
  return attempt.finishedAt ?? (run.status === "running" ? nowMs : run.updatedAt);
}
