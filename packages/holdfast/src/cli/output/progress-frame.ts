/**
 * The live view of one run as lines: a heading, a line for each stage, a bar. Pure; putting frames on a terminal lives
 * in `live-display.ts`.
 */

import { formatCount } from "@holdfast/core";
import type { RunView, StageView } from "@holdfast/engine";
import { attemptMs, wordRunTime } from "./active-time.js";
import { type Colours, statusColour } from "./colour.js";
import { displayWidth, oneLine, padEnd, truncate } from "./text.js";
import { formatDuration, formatEta, formatInstant } from "./time.js";

export interface FrameOptions {
  readonly nowMs: number;
  /** Columns and rows of the terminal. A frame never wraps and never scrolls: both would leave traces. */
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colours;
  /** Shown last: "finishing what is in flight …". */
  readonly notice?: string | undefined;
}

const MARKS: Readonly<Record<StageView["status"], string>> = {
  pending: "·",
  running: "●",
  waiting: "◷",
  completed: "✓",
  failed: "✗",
  interrupted: "◌",
};

export function renderFrame(run: RunView, options: FrameOptions): string[] {
  const { colours, columns } = options;
  const elapsed = run.startedAt === null ? "" : `  ${wordRunTime(run, options.nowMs)}`;
  const heading = `${oneLine(run.workflow)}  ${run.id}  ${run.status}${elapsed}`;
  const lines = [colours.bold(truncate(heading, columns))];
  // Heading, bar and notice need four rows, the cursor one.
  lines.push(...stageLines(run, options, Math.max(1, options.rows - 5)));
  const bar = progressLine(run, columns);
  if (bar !== null) lines.push(colours.cyan(bar));
  if (options.notice !== undefined) lines.push(colours.yellow(truncate(oneLine(options.notice), columns)));
  return lines;
}

/** When there are more stages than rows: what runs and what failed first, then what comes next; the rest as counts. */
function stageLines(run: RunView, options: FrameOptions, rowsMax: number): string[] {
  const { stages } = run;
  const nameWidth = Math.min(24, Math.max(0, ...stages.map((stage) => displayWidth(stage.name))));
  const line = (stage: StageView) => stageLine(run, stage, nameWidth, options);
  if (stages.length <= rowsMax) return stages.map(line);
  const isActive = (stage: StageView) => ["running", "waiting", "failed"].includes(stage.status);
  const active = stages.filter(isActive).slice(0, Math.max(1, rowsMax - 2));
  const counts = new Map<string, number>();
  for (const stage of stages) {
    if (!active.includes(stage)) counts.set(stage.status, (counts.get(stage.status) ?? 0) + 1);
  }
  const summary = [...counts].map(([status, count]) => `${formatCount(count)} ${status}`).join(", ");
  return [...active.map(line), options.colours.dim(truncate(`  … ${summary}`, options.columns))];
}

function stageLine(
  run: RunView,
  stage: StageView,
  nameWidth: number,
  { nowMs, columns, colours }: FrameOptions,
): string {
  const attempt = stage.attempts.at(-1);
  const took = attempt ? formatDuration(attemptMs(attempt, run, nowMs)) : "";
  const again = attempt && attempt.attempt > 1 ? ` attempt ${attempt.attempt}` : "";
  const title = stage.title === stage.name ? "" : `  ${oneLine(stage.title)}`;
  const until =
    stage.status === "waiting" && attempt?.wait?.dueAt ? `  until ${formatInstant(attempt.wait.dueAt)} UTC` : "";
  const error = stage.status === "failed" && attempt?.error ? `  ${oneLine(attempt.error.message)}` : "";
  const name = padEnd(truncate(oneLine(stage.name), nameWidth), nameWidth);
  const text = truncate(
    `${name}${title}  ${stage.status === "pending" ? "" : took}${again}${until}${error}`.trimEnd(),
    columns - 4,
  );
  const style = statusColour(stage.status, colours);
  return `  ${style(MARKS[stage.status])} ${stage.status === "pending" ? colours.dim(text) : text}`;
}

/** `[######------] 12 of 42,000  29 %  3.1/s  ETA 4 to 6 min  2 failed  label`; null while nothing is known. */
export function progressLine(run: RunView, columns: number): string | null {
  const { done, total, failed, ratePerS, etaMs, label, fraction } = run.progress;
  if (done === 0 && total === null && label === null) return null;
  const parts: string[] = [];
  const ofStage = total !== null && total > 0 ? done / total : null;
  // Over the whole run: that of the newest map alone would begin again with each.
  const whole = fraction ?? ofStage;
  if (whole !== null) {
    const share = Math.min(1, Math.max(0, whole));
    const width = Math.max(10, Math.min(30, columns - 60));
    const full = Math.floor(share * width);
    parts.push(`[${"#".repeat(full)}${"-".repeat(width - full)}]`);
    const count =
      total !== null && total > 0 ? `${formatCount(done)} of ${formatCount(total)}` : `${formatCount(done)} done`;
    parts.push(count, `${Math.floor(share * 100)} %`);
  } else {
    parts.push(`${formatCount(done)} done`);
  }
  if (ratePerS !== null) parts.push(`${ratePerS < 10 ? ratePerS.toFixed(1) : formatCount(ratePerS)}/s`);
  if (etaMs !== null && run.status === "running") parts.push(`ETA ${formatEta(etaMs)}`);
  if (failed > 0) parts.push(`${formatCount(failed)} failed`);
  if (label !== null) parts.push(oneLine(label));
  return `  ${truncate(parts.join("  "), columns - 2)}`;
}
