/** Lines of a run's log, from its events: what stages logged, and the failures among it. Pure. */
import type { RunEvent } from "../api/types.js";
import { duration, instant } from "../words/times.js";

export const LEVELS = ["error", "warn", "info", "debug"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogLine {
  readonly seq: number;
  readonly at: number;
  readonly level: Level;
  readonly stage: string;
  readonly attempt: number | null;
  readonly text: string;
  /** What was logged beside the words, as one line of JSON; empty where nothing was. */
  readonly data: string;
}

/** Which events make lines. */
export const LINE_TYPES = ["log", "stage.failed", "stage.retrying"] as const;

const WORDS: Readonly<Record<string, Level>> = {
  fatal: "error",
  error: "error",
  warning: "warn",
  warn: "warn",
  debug: "debug",
  trace: "debug",
};

// biome-ignore lint/suspicious/noExplicitAny: the facts of an event, by its type
type Facts = any;

export function lineOf({ seq, at, type, data }: Pick<RunEvent, "seq" | "at" | "type" | "data">): LogLine | null {
  const facts = data as Facts;
  const common = {
    seq,
    at,
    stage: String(facts.stage ?? ""),
    attempt: typeof facts.attempt === "number" ? facts.attempt : null,
  };
  if (type === "stage.failed")
    return { ...common, level: "error", text: `failed: ${facts.error?.message ?? ""}`, data: "" };
  if (type === "stage.retrying") {
    const why =
      facts.error === null
        ? "is tried again"
        : `is tried again in ${duration(facts.afterMs)}: ${facts.error?.message ?? ""}`;
    return { ...common, level: "warn", text: why, data: "" };
  }
  if (type !== "log") return null;
  const extra = facts.data;
  const level = typeof extra === "object" && extra !== null ? WORDS[String(extra.level).toLowerCase()] : undefined;
  return {
    ...common,
    level: level ?? "info",
    text: String(facts.message ?? ""),
    data: extra === undefined ? "" : JSON.stringify(extra),
  };
}

export interface LogFilter {
  /** Found anywhere in a line, whatever its case. */
  readonly text: string;
  readonly stage: string;
  /** This level and those above it. */
  readonly level: Level;
}

export function filterLines(lines: readonly LogLine[], { text, stage, level }: LogFilter): readonly LogLine[] {
  const most = LEVELS.indexOf(level);
  const wanted = text.trim().toLowerCase();
  if (wanted === "" && stage === "" && level === "debug") return lines;
  return lines.filter(
    (line) =>
      LEVELS.indexOf(line.level) <= most &&
      (stage === "" || line.stage === stage) &&
      (wanted === "" || line.text.toLowerCase().includes(wanted) || line.data.toLowerCase().includes(wanted)),
  );
}

/** For a file: a line a line, the instant whole. */
export function textOf(lines: readonly LogLine[]): string {
  return lines
    .map(({ at, level, stage, attempt, text, data }) => {
      const place = attempt === null ? stage : `${stage} #${attempt}`;
      return `${instant(at)} ${level.padEnd(5)} ${place} ${text}${data === "" ? "" : ` ${data}`}`.replaceAll(
        /[\r\n]+/g,
        " ⏎ ",
      );
    })
    .join("\n");
}
