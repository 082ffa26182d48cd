/**
 * The end of an execution: the one write that gives a lease back. Runs that end in the same group, one after the other and
 * as most do, end together: a few statements for all of them.
 */
import { isMine, type ResumeDirective } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { loadHotRun } from "../hot.js";
import { insertEvents } from "./events.js";
import { type FenceArgs, isRefusal, passFence, type WriteResult } from "./fence.js";
import {
  addEvent,
  type EndedRun,
  finishRun,
  finishRuns,
  interruptAttempts,
  NO_OUTPUT,
  PAUSED,
  QUEUED,
  RUNNING,
  readLive,
  setWaiting,
} from "./live.js";
import { TARGETS } from "./moves.js";
import { endAttempts } from "./recent.js";

/** `RunReport` with its parts as JSON texts. */
export type ReportArgs = readonly [
  ...FenceArgs,
  status: "completed" | "failed" | "paused" | "cancelled" | "queued",
  reason: string | null,
  errorJson: string | null,
  outputJson: string | null,
  sha256: string | null,
  sizeBytes: number | null,
  stageCount: number,
  wakeInMs: number | null,
];

/**
 * End an execution. Refused while a cancel or fail is asked for, unless the report is that one's obedience. A run that
 * is handed back while a pause is asked for is paused instead: the wish must not be lost with the lease.
 */
function reportOne(ctx: SqlContext, args: ReportArgs): WriteResult {
  const [runId, token, nonce, status, givenReason, errorJson, outputJson, sha256, sizeBytes, stageCount, wakeInMs] =
    args;
  const runK = ctx.runKey(runId);
  const live = runK === undefined ? null : readLive(ctx, runK);
  const isHeld = live !== null && live.phase === RUNNING && isMine({ token, nonce }, live);
  const isObeying = isHeld && live.wish !== null && status === TARGETS[live.wish];
  if (!isObeying) {
    const passed = passFence(ctx, args);
    if (isRefusal(passed)) return passed;
  }
  if (live === null) throw new Error(`Run ${runId} passed its fence without a live row.`);
  const { wish } = live;
  // A pause, cancel or fail without a word of its own has the reason that the person gave.
  const reason = givenReason ?? (isObeying ? live.wish_reason : null);
  ctx.hot.forgetRun(live.run_k);
  interruptAttempts(ctx, live);
  if (status !== "queued") live.directive = keptOf(live.directive);
  const wakeAt = wakeInMs === null ? null : ctx.dueMs() + Math.round(wakeInMs);
  const output = [outputJson, sha256, sizeBytes] as const;
  switch (status) {
    case "completed":
      addEvent(ctx, live, "run.completed", bodyOf({ status, stageCount, reason, errorJson }));
      finishRun(ctx, live, { status, reason, errorJson: null, output });
      break;
    case "failed":
      addEvent(ctx, live, "run.failed", bodyOf({ status, stageCount, reason, errorJson }));
      finishRun(ctx, live, { status, reason, errorJson, output: NO_OUTPUT });
      break;
    case "cancelled":
      addEvent(ctx, live, "run.cancelled", { reason });
      finishRun(ctx, live, { status, reason, errorJson: null, output: NO_OUTPUT });
      break;
    case "paused":
      addEvent(ctx, live, "run.paused", wakeAt === null ? { reason } : { reason, wakeAt });
      setWaiting(ctx, live, { phase: PAUSED, wakeAt, reason });
      break;
    case "queued":
      if (wish === "pause") {
        addEvent(ctx, live, "run.paused", { reason: live.wish_reason });
        setWaiting(ctx, live, { phase: PAUSED, wakeAt: null, reason: live.wish_reason });
        break;
      }
      addEvent(ctx, live, "run.handed_back", { holder: live.holder });
      setWaiting(ctx, live, { phase: QUEUED, wakeAt, reason });
      break;
  }
  return wish;
}

/** Of what a resume asked for, what outlives its execution: raised budgets. */
function keptOf(directive: string | null): string | null {
  if (directive === null) return null;
  const { budget } = JSON.parse(directive) as ResumeDirective;
  return budget === undefined ? null : JSON.stringify({ accept: null, only: null, budget });
}

/** A run that completed or failed under its lease, with nothing asked of it meanwhile. */
interface PlainEnd extends EndedRun {
  readonly status: "completed" | "failed";
  readonly stageCount: number;
}

/**
 * Reports that stand side by side in a group, with the same effect as one after the other. What is not plain (a refusal, a
 * wish, a pause, a second report of a run) goes alone, after those before it.
 */
export function report(ctx: SqlContext, lot: readonly ReportArgs[]): WriteResult[] {
  const ends = new Map<number, PlainEnd>();
  const results = lot.map((args) => {
    const end = plainEndOf(ctx, args);
    if (end !== null && !ends.has(end.runK)) {
      ends.set(end.runK, end);
      return null;
    }
    endRuns(ctx, ends);
    return reportOne(ctx, args);
  });
  endRuns(ctx, ends);
  return results;
}

function plainEndOf(ctx: SqlContext, args: ReportArgs): PlainEnd | null {
  const [runId, token, nonce, status, reason, errorJson, outputJson, sha256, sizeBytes, stageCount] = args;
  if (status !== "completed" && status !== "failed") return null;
  const runK = ctx.runKey(runId);
  const run = runK === undefined ? undefined : loadHotRun(ctx, runK);
  if (run === undefined || run.phase !== RUNNING || run.wish !== null || !isMine({ token, nonce }, run)) return null;
  const output = status === "completed" ? ([outputJson, sha256, sizeBytes] as const) : NO_OUTPUT;
  const error = status === "failed" ? errorJson : null;
  return { runK: run.runK, head: run.nextSeq, status, reason, errorJson: error, output, stageCount };
}

/** As `reportOne` for each. Leaves `ends` empty. */
function endRuns(ctx: SqlContext, ends: Map<number, PlainEnd>): void {
  if (ends.size === 0) return;
  const all = [...ends.values()];
  ends.clear();
  endAttempts(
    ctx,
    all.map(({ runK }) => runK),
  );
  insertEvents(
    ctx,
    all.map((end) => [end.runK, end.head, `run.${end.status}`, null, JSON.stringify(bodyOf(end))]),
  );
  finishRuns(ctx, all);
  for (const { runK } of all) ctx.hot.forgetRun(runK);
}

/** What the event of an end that is not asked for says. */
function bodyOf({
  status,
  stageCount,
  reason,
  errorJson,
}: Pick<PlainEnd, "status" | "stageCount" | "reason" | "errorJson">) {
  return status === "completed"
    ? { stages: stageCount }
    : { reason, error: JSON.parse(errorJson ?? "null") as unknown };
}
