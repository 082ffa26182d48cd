/** Failures over all runs, grouped by cause as for a single run: the store's sums by message become one row for each cause. */
import type { CauseMark, FailureCounts } from "@holdfast/core";
import { causeOf } from "./error-groups.js";

const DAY_MS = 86_400_000;
/** More bars say nothing. */
const DAYS_MAX = 90;
const RUNS_MAX = 50;
/** Beyond them a cause is one of a kind. */
const ROWS_MAX = 500;

interface Asked {
  readonly asOf: number;
  readonly since: number;
  readonly dayOffsetMs: number;
  readonly category?: string | undefined;
  /** Of the scopes that the caller sees, their own last: it counts before everybody's. */
  readonly marks?: readonly CauseMark[] | undefined;
}

interface Cause {
  readonly fingerprint: string;
  readonly stage: string | null;
  readonly category: string;
  message: string;
  readonly workflows: Set<string>;
  count: number;
  firstAt: number;
  lastAt: number;
  readonly days: number[];
  readonly runs: Map<string, { runId: string; count: number; key: string | null }>;
}

export function groupFailures(
  { rows, isWhole }: FailureCounts,
  { asOf, since, dayOffsetMs, category, marks = [] }: Asked,
) {
  const markOf = new Map(marks.map((mark) => [mark.fingerprint, mark]));
  const lastDay = Math.floor((asOf + dayOffsetMs) / DAY_MS);
  const firstDay = Math.max(Math.floor((since + dayOffsetMs) / DAY_MS), lastDay - DAYS_MAX + 1);
  const dayCount = Math.max(1, lastDay - firstDay + 1);
  const causes = new Map<string, Cause>();
  for (const row of rows) {
    if (category !== undefined && row.category !== category) continue;
    const fingerprint = causeOf(row.stage, row.category, row.message);
    let cause = causes.get(fingerprint);
    if (cause === undefined) {
      const { stage, firstAt, lastAt, message } = row;
      const days = new Array<number>(dayCount).fill(0);
      const none = { count: 0, days, runs: new Map(), workflows: new Set<string>() };
      cause = { fingerprint, stage, category: row.category, message, firstAt, lastAt, ...none };
      causes.set(fingerprint, cause);
    }
    cause.count += row.count;
    cause.workflows.add(row.workflow);
    cause.firstAt = Math.min(cause.firstAt, row.firstAt);
    if (row.lastAt > cause.lastAt) {
      cause.lastAt = row.lastAt;
      cause.message = row.message;
    }
    const day = Math.min(dayCount - 1, row.day - firstDay);
    if (day >= 0) cause.days[day] = (cause.days[day] ?? 0) + row.count;
    const run = cause.runs.get(row.runId);
    if (run === undefined) cause.runs.set(row.runId, { runId: row.runId, count: row.count, key: row.key });
    else run.count += row.count;
  }
  const sorted = [...causes.values()].sort((a, b) => b.count - a.count || b.lastAt - a.lastAt);
  return {
    asOf,
    since,
    firstDay,
    rows: sorted.slice(0, ROWS_MAX).map(({ runs, workflows, ...cause }) => ({
      ...cause,
      mark: wordMark(markOf.get(cause.fingerprint), cause.lastAt),
      workflows: [...workflows].sort(),
      runCount: runs.size,
      runs: [...runs.values()].slice(0, RUNS_MAX),
    })),
    isWhole: isWhole && sorted.length <= ROWS_MAX,
  };
}

function wordMark(mark: CauseMark | undefined, lastAt: number) {
  if (mark === undefined) return null;
  const { state, markedBy: by, markedAt: at, note } = mark;
  return { state, by, at, note, cameBack: state === "resolved" && lastAt > at };
}
