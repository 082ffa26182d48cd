/** One run for people: what `show` prints. The facts, the stages with their attempts, the errors, what to type next. */

import type { HealthView, MapView, RunView } from "@holdfast/engine";
import { attemptMs, wordRunTime } from "./active-time.js";
import { adviseOn, type RunFacts } from "./advice.js";
import { type Colours, statusColour } from "./colour.js";
import { factLine, LABEL_WIDTH } from "./facts.js";
import { mapLines } from "./map-lines.js";
import { progressLine } from "./progress-frame.js";
import { displayWidth, glance, oneLine, padEnd, truncate } from "./text.js";
import { formatDuration, formatInstant, formatRelative } from "./time.js";

export interface TimelineOptions {
  readonly nowMs: number;
  readonly columns: number;
  readonly colours: Colours;
  readonly artifactFolder: string;
  readonly maps?: readonly MapView[] | undefined;
  readonly health?: HealthView | undefined;
  readonly facts?: RunFacts | undefined;
}

export function renderTimeline(run: RunView, options: TimelineOptions): string[] {
  const { colours, columns } = options;
  const fact = (label: string, text: string) => factLine(label, text, colours);
  const wide = Math.max(20, columns - LABEL_WIDTH - 2);
  const status = statusColour(run.status, colours)(run.status);
  const lines = [`${colours.bold(run.id)}  ${status}${run.reason === null ? "" : ` (${oneLine(run.reason)})`}`, ""];
  lines.push(
    fact("workflow", `${oneLine(run.workflow)}${run.version === null ? "" : ` version ${oneLine(run.version)}`}`),
  );
  if (run.owner !== null) lines.push(fact("owner", oneLine(run.owner)));
  lines.push(fact("input", glance(run.input, wide)));
  lines.push(...timeFacts(run, options).map(([label, text]) => fact(label, text)));
  if (run.lease !== null) {
    const { holder, host, pid, since, expiresAt } = run.lease;
    const text = `${oneLine(holder)} (host ${oneLine(host)}, pid ${pid}) since ${formatInstant(since)}, expires ${formatRelative(expiresAt, options.nowMs)}`;
    lines.push(fact("held by", text));
  }
  if (run.wish !== null) {
    const { kind, reason } = run.wish;
    lines.push(
      fact(
        "requested",
        `${kind}${reason === null ? "" : ` (${oneLine(reason)})`}; its worker applies it at its next heartbeat`,
      ),
    );
  }
  if (options.health?.stuck) lines.push(fact("stuck", colours.red(oneLine(options.health.stuckReason ?? ""))));
  if (run.parent !== null) lines.push(fact("parent", `${run.parent.runId}, stage ${oneLine(run.parent.stage)}`));
  if (run.forkedFrom !== null)
    lines.push(fact("forked", `from ${run.forkedFrom.runId}, stage ${oneLine(run.forkedFrom.stage)}`));
  const counts = [
    run.generation > 1 ? `generation ${run.generation}` : "",
    run.recoveries > 0 ? `recovered ${run.recoveries}x` : "",
    run.retries > 0 ? `retried ${run.retries}x` : "",
    run.through === null ? "" : `through ${oneLine(run.through)}`,
  ].filter(Boolean);
  if (counts.length > 0) lines.push(fact("history", counts.join(", ")));
  lines.push(fact("artifacts", options.artifactFolder));
  if (run.status === "completed" && run.output !== null) lines.push(fact("output", glance(run.output, wide)));
  const bar = run.status === "running" ? progressLine(run, columns) : null;
  if (bar !== null) lines.push("", colours.cyan(bar));
  if (run.stages.length > 0) lines.push("", ...stageTable(run, options));
  const { maps = [] } = options;
  if (maps.length > 0) {
    lines.push("", `  ${colours.dim("items")}`, ...mapLines(maps, run.id).map((line) => `    ${line}`));
  }
  const error = run.error ?? (run.status === "completed" ? null : run.lastError);
  if (error !== null) {
    const since =
      run.error !== null || run.lastErrorAt === null ? "" : `  since ${wordSince(run.lastErrorAt, options)}`;
    const retried = options.health?.lastError?.isRetried === true ? "; it is being retried" : "";
    lines.push(
      "",
      `  ${colours.red("error")}  ${oneLine(error.message)}${error.code === undefined ? "" : ` [${oneLine(error.code)}]`}${since}${retried}`,
    );
    for (let cause = error.cause; cause !== undefined; cause = cause.cause)
      lines.push(`         because: ${oneLine(cause.message)}`);
  }
  const isStalled = run.status === "running" && options.health?.stuck === true;
  const advice = adviseOn(run, options.facts);
  if (advice.notes.length > 0) lines.push("", ...advice.notes.map(([label, text]) => fact(label, text)));
  const next = [...(isStalled ? [`holdfast recover ${run.id} --check-only`] : []), ...advice.next];
  if (next.length > 0) lines.push("", `  ${colours.dim("next")}`, ...next.map((step) => `    ${step}`));
  return lines;
}

const wordSince = (at: number, { nowMs }: TimelineOptions) => `${formatInstant(at)} UTC (${formatRelative(at, nowMs)})`;

function timeFacts(run: RunView, { nowMs }: TimelineOptions): (readonly [string, string])[] {
  const when = (ms: number) => `${formatInstant(ms)} UTC (${formatRelative(ms, nowMs)})`;
  const facts: (readonly [string, string])[] = [["created", when(run.createdAt)]];
  if (run.startedAt !== null) facts.push(["started", when(run.startedAt)]);
  if (run.finishedAt !== null) {
    const took = run.startedAt === null ? "" : `, after ${wordRunTime(run, nowMs)}`;
    facts.push(["finished", `${when(run.finishedAt)}${took}`]);
  }
  if (run.status === "waiting") facts.push(["waits for", oneLine(run.reason ?? "a wait")]);
  if (run.wakeAt !== null && run.status === "queued") facts.push(["resumes", when(run.wakeAt)]);
  if (run.wakeAt !== null && run.status === "waiting") facts.push(["until", when(run.wakeAt)]);
  if (run.timeoutAt !== null) facts.push(["times out", formatRelative(run.timeoutAt, nowMs)]);
  return facts;
}

/** Its title where that is not its name, then the label of the user's own. */
function wordsBeside({ name, title, label }: RunView["stages"][number]): string {
  return [title === name ? null : title, label]
    .filter((word) => word !== null)
    .map(oneLine)
    .join(": ");
}

function stageTable(run: RunView, { nowMs, colours }: TimelineOptions): string[] {
  const { stages } = run;
  const nameWidth = Math.max(...stages.map((stage) => displayWidth(oneLine(stage.name))));
  const titleWidth = Math.min(40, Math.max(...stages.map((stage) => displayWidth(wordsBeside(stage)))));
  return stages.flatMap((stage) => {
    const style = statusColour(stage.status, colours);
    const title = truncate(wordsBeside(stage), titleWidth);
    const head = `  ${padEnd(oneLine(stage.name), nameWidth)}${titleWidth > 0 ? `  ${padEnd(title, titleWidth)}` : ""}`;
    const attempts = stage.attempts;
    const last = attempts.at(-1);
    const took = last ? formatDuration(attemptMs(last, run, nowMs)) : "";
    const line = `${head}  ${style(padEnd(stage.status, 11))}  ${took}`.trimEnd();
    // One attempt that went well is the stage itself; more of them, or a failure, is worth a line each.
    if (attempts.length <= 1 && last?.error == null) return [line];
    return [
      line,
      ...attempts.map((attempt) => {
        const ms = attemptMs(attempt, run, nowMs);
        const error = attempt.error === null ? "" : `  ${oneLine(attempt.error.message)}`;
        return `      attempt ${attempt.attempt}  ${statusColour(attempt.status, colours)(attempt.status)}  ${formatDuration(ms)}${error}`;
      }),
    ];
  });
}
