/** A schedule on the terminal: its state, its instants in its own zone, its ticks. */
import { plural } from "@holdfast/core";
import type { Schedules, ScheduleView } from "@holdfast/engine";
import type { Colours } from "./colour.js";
import { oneLine } from "./text.js";
import { formatRelative } from "./time.js";

type Tick = Awaited<ReturnType<Schedules["ticks"]>>[number];

export function styleState({ state }: Pick<ScheduleView, "state">, colours: Colours) {
  if (state === "active") return { text: state, style: colours.green };
  return { text: state, style: state === "paused" ? colours.yellow : colours.dim };
}

/** `Mon 2026-11-30 06:00`, in the schedule's zone; a period's in UTC. */
export function wordInstantIn(atMs: number, timezone: string | null): string {
  const numeric = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
  const format = new Intl.DateTimeFormat("en-GB", {
    ...numeric,
    ...{ timeZone: timezone ?? "UTC", weekday: "short", hourCycle: "h23", second: "2-digit" },
  });
  const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const seconds = parts.second === "00" ? "" : `:${parts.second}`;
  return `${parts.weekday} ${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}${seconds}`;
}

export function wordNext({ state, nextAt }: ScheduleView, nowMs: number): string {
  if (nextAt !== null) return formatRelative(nextAt, nowMs);
  return state === "retired" ? "no longer in the code" : "";
}

export function scheduleLines(schedule: ScheduleView, ticks: readonly Tick[], nowMs: number): string[] {
  const { state, cron, everyMs, timezone, overlap, catchUp, delayMs, changedBy, reason, problem } = schedule;
  const zone = timezone ?? "UTC";
  const why = reason === null ? "" : `: ${oneLine(reason)}`;
  const by = changedBy === null ? "by the code" : `by ${oneLine(changedBy)}`;
  const next = state === "active" ? "next" : "next if resumed now";
  return [
    `Schedule ${schedule.name}: ${state} since ${formatRelative(schedule.changedAt, nowMs)}, ${by}${why}`,
    `  workflow  ${oneLine(schedule.workflow)}`,
    `  when      ${oneLine(schedule.words)} (${cron ?? `every ${everyMs} ms`}), ${zone}`,
    `  overlap   ${overlap}; catch up ${catchUp}${delayMs > 0 ? `; delayed by ${Math.round(delayMs / 1_000)} s` : ""}`,
    `  input     ${oneLine(JSON.stringify(schedule.input))}`,
    ...(problem === null ? [] : [`  problem   ${oneLine(problem)}`]),
    `  ${next}`,
    ...schedule.next.map((at) => `    ${wordInstantIn(at, timezone)}  ${formatRelative(at, nowMs)}`),
    ...(ticks.length === 0 ? [] : ["  ticks, newest first"]),
    ...ticks.map((tick) => `    ${wordInstantIn(tick.at, timezone)}  ${wordTick(tick)}`),
  ];
}

function wordTick({ kind, outcome, runId, status, reason, count }: Tick): string {
  const what = outcome === "missed" ? `missed ${plural(count, "tick")}` : outcome;
  const by = kind === "tick" ? "" : `, by ${kind === "trigger" ? "hand" : "back-fill"}`;
  const run = runId === null ? "" : ` ${runId}${status === null ? "" : ` (${status})`}`;
  return `${what}${by}${run}${reason === null ? "" : `: ${oneLine(reason)}`}`;
}
