/** The health of runs for people: a table of many, or one in full. Pure. */
import { formatCount } from "@holdfast/core";
import type { HealthView } from "@holdfast/engine";
import { type Colours, statusColour } from "./colour.js";
import { factLine } from "./facts.js";
import { type Cell, type Column, renderTable } from "./table.js";
import { oneLine } from "./text.js";
import { formatDuration, formatEta, formatInstant, formatRelative } from "./time.js";

export interface HealthOptions {
  readonly nowMs: number;
  readonly colours: Colours;
  /** Columns of the terminal; undefined for no limit. */
  readonly columns: number | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: "RUN" },
  { title: "WORKFLOW", isElastic: true },
  { title: "STATUS" },
  { title: "PROGRESS", align: "right" },
  { title: "AGE", align: "right" },
  { title: "IDLE", align: "right" },
  { title: "ETA", align: "right" },
  { title: "HEALTH", isElastic: true },
];

/** In the table, for those that are not stuck: why they are tried again. */
function wordRetried({ lastError }: HealthView, nowMs: number): string | null {
  if (lastError === null || !lastError.isRetried) return null;
  const since = lastError.at === null ? "" : `, since ${formatRelative(lastError.at, nowMs)}`;
  return `retrying: ${lastError.message}${since}`;
}

export function healthTable(rows: readonly HealthView[], { colours, columns, nowMs }: HealthOptions): string[] {
  const cells = rows.map((row): readonly Cell[] => [
    row.runId,
    oneLine(row.workflow),
    { text: row.status, style: statusColour(row.status, colours) },
    wordProgress(row),
    formatDuration(row.ageMs),
    formatDuration(row.idleMs),
    row.etaMs === null ? "" : formatEta(row.etaMs),
    row.stuck
      ? { text: `stuck: ${oneLine(row.stuckReason ?? "")}`, style: colours.red }
      : oneLine(row.reason ?? wordRetried(row, nowMs) ?? (row.status === "running" ? "ok" : "")),
  ]);
  return renderTable(COLUMNS, cells, { columns, heading: colours.dim });
}

/** One run in full: every fact that its judgement was made from. */
export function healthLines(health: HealthView, { nowMs, colours }: HealthOptions): string[] {
  const status = statusColour(health.status, colours)(health.status);
  const stuck = health.stuck ? `  ${colours.red("stuck")}` : "";
  const facts: (readonly [string, string | null])[] = [
    ["stuck", health.stuckReason],
    ["reason", health.reason],
    ["workflow", health.workflow],
    ["progress", wordProgress(health) || "nothing recorded yet"],
    ["doing", health.progress.label],
    ["ETA", health.etaMs === null ? null : formatEta(health.etaMs)],
    ["age", formatDuration(health.ageMs)],
    ["idle", `${formatDuration(health.idleMs)}, last activity ${formatInstant(health.lastActivityAt)} UTC`],
    ["times out", health.timeoutAt === null ? null : formatRelative(health.timeoutAt, nowMs)],
    ["left", `recoveries ${health.recoveriesLeft}, retries ${health.retriesLeft}`],
    ["last error", health.lastError === null ? null : wordLastError(health.lastError, nowMs)],
    ["held by", health.lease === null ? null : wordHolder(health.lease, nowMs)],
  ];
  return [
    `${colours.bold(health.runId)}  ${status}${stuck}`,
    ...facts.flatMap(([label, text]) => (text === null ? [] : factLine(label, oneLine(text), colours))),
  ];
}

function wordLastError({ message, at, isRetried }: NonNullable<HealthView["lastError"]>, nowMs: number): string {
  const since = at === null ? "" : `, since ${formatInstant(at)} UTC (${formatRelative(at, nowMs)})`;
  return `${message}${since}${isRetried ? "; it is being retried" : ""}`;
}

function wordProgress({ progress: { done, total, failed }, percent }: HealthView): string {
  if (total === null) return done === 0 ? "" : formatCount(done);
  const share = percent === null ? "" : ` (${percent} %)`;
  return `${formatCount(done)}/${formatCount(total)}${share}${failed > 0 ? `, ${formatCount(failed)} failed` : ""}`;
}

function wordHolder({ holder, host, pid, expiresAt }: NonNullable<HealthView["lease"]>, nowMs: number): string {
  return `${holder} (host ${host}, pid ${pid}), expires ${formatRelative(expiresAt, nowMs)}`;
}
