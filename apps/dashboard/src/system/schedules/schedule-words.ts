/** What a schedule's row says: its ticks as cells, its instants in its own zone, how far away they are. Pure. */
import type { Schedule } from "../../api/types.js";
import { duration } from "../../words/times.js";

type Tick = Schedule["ticks"][number];

/** Kinds of cells, by the class of each: done is green, failed red, skipped hollow, missed hatched, not over pale. */
export type Cell = "done" | "bad" | "hollow" | "missed" | "live" | "none";

const DAY_MS = 86_400_000;

export function cellOf({ outcome, status }: Tick): Cell {
  switch (outcome) {
    case "missed":
      return "missed";
    case "skipped":
      return "hollow";
    case "failed":
      return "bad";
    case "pending":
      return "none";
    default:
      return cellOfRun(status);
  }
}

function cellOfRun(status: Tick["status"]): Cell {
  switch (status) {
    case "failed":
      return "bad";
    case "cancelled":
      return "hollow";
    case "running":
      return "live";
    case "queued":
    case "waiting":
    case "paused":
      return "none";
    default:
      // A run that was removed had ended.
      return "done";
  }
}

const CELL_WORDS: Readonly<Record<Cell, string>> = {
  done: "completed",
  bad: "failed",
  hollow: "skipped or cancelled",
  missed: "missed",
  live: "running",
  none: "not over",
};

/** "17 of 20 completed, 1 failed, 2 skipped or cancelled". */
export function wordCells(cells: readonly Cell[]): string {
  if (cells.length === 0) return "No tick yet";
  const counts = (Object.keys(CELL_WORDS) as Cell[]).map(
    (cell) => [cell, cells.filter((one) => one === cell).length] as const,
  );
  const [[, done] = ["done", 0], ...others] = counts;
  const rest = others.filter(([, many]) => many > 0).map(([cell, many]) => `${many} ${CELL_WORDS[cell]}`);
  return [`${done} of ${cells.length} completed`, ...rest].join(", ");
}

/** The newest tick in words, below its cells. */
export function wordLast({ ticks, state, changedBy }: Pick<Schedule, "ticks" | "state" | "changedBy">): string {
  if (state === "paused") return `paused by ${changedBy ?? "the code"}`;
  if (state === "retired") return "no longer in the code";
  const [last] = ticks;
  if (last === undefined) return "no tick yet";
  if (last.outcome === "missed") return last.count > 1 ? `${last.count} missed` : "missed";
  return last.outcome === "started" ? (last.status ?? "removed") : last.outcome;
}

/** "Sun 6 Dec 14:00" in the zone of the schedule; a period's in UTC. */
export function wordInstant(at: number, timezone: string | null): string {
  return `${wordDay(at, timezone)} ${wordTime(at, timezone)}`;
}

export function wordDay(at: number, timezone: string | null): string {
  const parts = partsOf(at, { timeZone: timezone ?? "UTC", weekday: "short", day: "numeric", month: "short" });
  return `${parts.weekday} ${parts.day} ${parts.month}`;
}

/** With seconds only where there are some. `timezone` undefined: the reader's. */
export function wordTime(at: number, timezone: string | null | undefined): string {
  const zone = timezone === undefined ? {} : { timeZone: timezone ?? "UTC" };
  const { hour, minute, second } = partsOf(at, {
    ...zone,
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  });
  return `${hour}:${minute}${second === "00" ? "" : `:${second}`}`;
}

function partsOf(at: number, options: Intl.DateTimeFormatOptions): Readonly<Record<string, string>> {
  const parts = new Intl.DateTimeFormat("en-GB", options).formatToParts(at);
  return Object.fromEntries(parts.map(({ type, value }) => [type, value]));
}

/** "in 6 d 23 h", "in 15 h 53", "now". */
export function wordAway(at: number, nowMs: number): string {
  const ms = at - nowMs;
  if (ms < 1_000) return "now";
  if (ms < 2 * DAY_MS) return `in ${duration(ms)}`;
  const hours = Math.round(ms / 3_600_000);
  return `in ${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The ticks after the next, as short as they can be told: times of one day, days at one time, or both. */
export function wordThen(next: readonly number[], timezone: string | null): string {
  const rest = next.slice(1);
  if (rest.length === 0) return "";
  const days = new Set(next.map((at) => wordDay(at, timezone)));
  const times = new Set(next.map((at) => wordTime(at, timezone)));
  if (days.size === 1) return `then ${rest.map((at) => wordTime(at, timezone)).join(", ")}`;
  if (times.size === 1) return `then ${rest.map((at) => wordDay(at, timezone)).join(", ")}`;
  return `then ${rest.map((at) => wordInstant(at, timezone)).join(", ")}`;
}

/** What lies below the zone's name: how it differs from the reader's, at that instant. */
export function wordZone(timezone: string | null, own: string): string {
  return (timezone ?? "UTC") === own ? "your zone" : "";
}
