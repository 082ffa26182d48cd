/**
 * The end of an execution: the one write that gives a lease back. Runs that end in the same group, one after the other and
 * as most do, end together: a few statements for all of them.
 */
import { type Fence, isMine, type RecordedError, type ResumeDirective, type RunReport } from "@holdfast/core";
import { type Ending, NO_OUTPUT, outputColumns, PAUSED, QUEUED, TARGETS, type WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { loadHotRun } from "../hot.js";
import { insertEvents } from "./events.js";
import { finishRun, finishRuns } from "./family.js";
import { isRefusal, passFence } from "./fence.js";
import { addEvent, type EndedRun, interruptAttempts, RUNNING, readLive, setWaiting } from "./live.js";
import { endAttempts } from "./recent.js";
import { parkRun } from "./waits.js";

/**
 * End an execution. Refused while a cancel or fail is asked for, unless the report is that one's obedience. A run that
 * is handed back while a pause is asked for is paused instead: the wish must not be lost with the lease.
 */
function reportOne(ctx: SqlContext, fence: Fence, report: RunReport): WriteResult {
  const { status } = report;
  const runK = ctx.runKey(fence.runId);
  const live = runK === undefined ? null : readLive(ctx, runK);
  const isHeld = live !== null && live.phase === RUNNING && isMine(fence, live);
  const isObeying = isHeld && live.wish !== null && status === TARGETS[live.wish];
  if (!isObeying) {
    const passed = passFence(ctx, fence);
    if (isRefusal(passed)) return passed;
  }
  if (live === null) throw new Error(`Run ${fence.runId} passed its fence without a live row.`);
  const { wish } = live;
  // A pause, cancel or fail without a word of its own has the reason that the person gave.
  const reason = reasonOf(report) ?? (isObeying ? live.wish_reason : null);
  ctx.hot.forgetRun(live.run_k);
  interruptAttempts(ctx, live);
  // What goes on by itself goes on under the terms of the resume.
  if (status !== "queued" && status !== "waiting") live.directive = keptOf(live.directive);
  switch (status) {
    case "completed":
    case "failed":
      addEvent(ctx, live, `run.${status}`, bodyOf(report, reason));
      finishRun(ctx, live, endingOf(report, reason));
      break;
    case "cancelled":
      addEvent(ctx, live, "run.cancelled", { reason });
      finishRun(ctx, live, { status, reason, errorJson: null, output: NO_OUTPUT });
      break;
    case "paused": {
      const wakeAt = wakeAtOf(ctx, report.wakeInMs);
      addEvent(ctx, live, "run.paused", wakeAt === null ? { reason } : { reason, wakeAt });
      setWaiting(ctx, live, { phase: PAUSED, wakeAt, reason });
      break;
    }
    case "waiting":
    case "queued":
      if (wish === "pause") {
        addEvent(ctx, live, "run.paused", { reason: live.wish_reason });
        setWaiting(ctx, live, { phase: PAUSED, wakeAt: null, reason: live.wish_reason });
        break;
      }
      if (status === "waiting") {
        parkRun(ctx, live, reason);
        break;
      }
      addEvent(ctx, live, "run.handed_back", { holder: live.holder });
      setWaiting(ctx, live, { phase: QUEUED, wakeAt: wakeAtOf(ctx, report.wakeInMs), reason });
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

/** A report of a run that the workflow itself has ended. */
type EndReport = Extract<RunReport, { status: "completed" | "failed" }>;

const reasonOf = (report: RunReport): string | null => ("reason" in report ? report.reason : null);
const wakeAtOf = (ctx: SqlContext, wakeInMs: number | null) =>
  wakeInMs === null ? null : ctx.dueMs() + Math.round(wakeInMs);

function endingOf(report: EndReport, reason: string | null): Ending {
  const errorJson = report.status === "failed" ? JSON.stringify(report.error) : null;
  const output = outputColumns(report.status === "completed" ? report.output : null);
  return { status: report.status, reason, errorJson, output };
}

/** A run that completed or failed under its lease, with nothing asked of it meanwhile. */
interface PlainEnd extends EndedRun {
  readonly report: EndReport;
}

/**
 * Reports that stand side by side in a group, with the same effect as one after the other. What is not plain (a refusal, a
 * wish, a pause, a second report of a run) goes alone, after those before it.
 */
export function reportRuns(ctx: SqlContext, lot: readonly (readonly [Fence, RunReport])[]): WriteResult[] {
  const ends = new Map<number, PlainEnd>();
  const results = lot.map(([fence, report]) => {
    const end = plainEndOf(ctx, fence, report);
    if (end !== null && !ends.has(end.runK)) {
      ends.set(end.runK, end);
      return null;
    }
    endRuns(ctx, ends);
    return reportOne(ctx, fence, report);
  });
  endRuns(ctx, ends);
  return results;
}

function plainEndOf(ctx: SqlContext, fence: Fence, report: RunReport): PlainEnd | null {
  if (report.status !== "completed" && report.status !== "failed") return null;
  const runK = ctx.runKey(fence.runId);
  const run = runK === undefined ? undefined : loadHotRun(ctx, runK);
  if (run === undefined || run.phase !== RUNNING || run.wish !== null || !isMine(fence, run)) return null;
  const { status, reason, errorJson, output } = endingOf(report, reasonOf(report));
  return { status, reason, errorJson, output, runK: run.runK, head: run.nextSeq, report };
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
    all.map((end) => [end.runK, end.head, `run.${end.status}`, null, JSON.stringify(bodyOf(end.report, end.reason))]),
  );
  finishRuns(ctx, all);
  for (const { runK } of all) ctx.hot.forgetRun(runK);
}

/** What the event of an end that is not asked for says. */
function bodyOf(
  report: EndReport,
  reason: string | null,
): { stages: number } | { reason: string | null; error: RecordedError } {
  return report.status === "completed" ? { stages: report.stageCount } : { reason, error: report.error };
}
