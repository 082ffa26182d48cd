/** A schedule's options: checked where they enter, with defaults filled in; and the instants that they stand for. */
import {
  DURATION_MAX_MS,
  EVERY_MS_MIN,
  isDuration,
  type OptionNames,
  refuseUnknownOptions,
  SCHEDULE_CATCH_UPS,
  SCHEDULE_OVERLAPS,
  type ScheduleCatchUp,
  ScheduleInvalidError,
  type ScheduleOverlap,
  type ScheduleSpec,
  type ScheduleTiming,
  WrongUseError,
} from "@holdfast/core";
import { cronTicks, everyTicks, type Ticks } from "./ticks.js";
import type { ZoneData } from "./zone.js";

/** When and how a schedule starts runs. Exactly one of `cron` and `everyMs` is given. */
export interface ScheduleOptions<Given = unknown> {
  /**
   * Five fields: minute, hour, day of month, month, weekday. Lists, ranges, steps and names are allowed, as are `L` for the last
   * day, `FRI#2` for the second Friday, and `@daily` and its like. A day of the month and a weekday that are both restricted
   * tick on either. Left out: `everyMs`.
   */
  readonly cron?: string | undefined;
  /** IANA time zone of `cron`. Default UTC. */
  readonly timezone?: string | undefined;
  /** Period in milliseconds, at least 1,000, counted from the instant at which the schedule was first stored. Left out: `cron`. */
  readonly everyMs?: number | undefined;
  /** Input of its runs. */
  readonly input: Given;
  /**
   * What a tick does while a run of the schedule is active (queued, running, waiting or paused): "skip" it (default), "queue" it until
   * that run has ended, "cancelRunning" first, or "allow" both.
   */
  readonly overlap?: ScheduleOverlap | undefined;
  /**
   * Ticks that came while no worker ran: the "last" one, if it is at most 24 hours old (default), "all" of them, or "none".
   */
  readonly catchUp?: ScheduleCatchUp | undefined;
  /** Delays each run by up to this long, always by the same time for one name, so that schedules do not start at once. Default 0. */
  readonly jitterMs?: number | undefined;
}

export const SCHEDULE_OPTIONS: OptionNames<ScheduleOptions> = {
  cron: true,
  timezone: true,
  everyMs: true,
  input: true,
  overlap: true,
  catchUp: true,
  jitterMs: true,
};

/**
 * Checks the options, and that the schedule ticks at all.
 * @throws {ScheduleInvalidError} SCHEDULE_INVALID
 */
export function checkSpec(name: string, options: Omit<ScheduleOptions, "input">, zones: ZoneData): ScheduleSpec {
  const refuse = (problem: string, cause?: unknown) => {
    throw new ScheduleInvalidError({ schedule: name, problem }, cause === undefined ? undefined : { cause });
  };
  const { overlap = "skip", catchUp = "last", jitterMs = 0 } = options;
  if (!SCHEDULE_OVERLAPS.includes(overlap)) refuse(`overlap: one of ${SCHEDULE_OVERLAPS.join(", ")} is expected`);
  if (!SCHEDULE_CATCH_UPS.includes(catchUp)) refuse(`catchUp: one of ${SCHEDULE_CATCH_UPS.join(", ")} is expected`);
  if (!isDuration(jitterMs) || !Number.isInteger(jitterMs)) refuse("jitterMs: whole milliseconds are expected");
  const spec = { timing: checkTiming(options, refuse), overlap, catchUp, jitterMs };
  try {
    // Any start does: what has no tick within five years of one instant has none that is worth waiting for.
    if (ticksOf(spec.timing, 0, zones).next(SEARCH_FROM_MS) === null) {
      refuse(`cron: "${spec.timing.cron}" never ticks within five years`);
    }
  } catch (error) {
    if (!(error instanceof WrongUseError)) throw error;
    refuse(error.details.problem, error);
  }
  return spec;
}

/** 2026: a fixed one, so that an expression is valid or not whatever the day. */
const SEARCH_FROM_MS = Date.UTC(2026, 0, 1);

function checkTiming(
  { cron, timezone, everyMs }: Omit<ScheduleOptions, "input">,
  refuse: (problem: string) => void,
): ScheduleTiming {
  if ((cron === undefined) === (everyMs === undefined)) refuse("exactly one of cron and everyMs is expected");
  if (everyMs !== undefined) {
    const isPeriod = Number.isInteger(everyMs) && everyMs >= EVERY_MS_MIN && everyMs <= DURATION_MAX_MS;
    if (!isPeriod) refuse(`everyMs: whole milliseconds from ${EVERY_MS_MIN} to ${DURATION_MAX_MS} are expected`);
    if (timezone !== undefined) refuse("timezone: a period has none; it belongs to cron");
    return { everyMs };
  }
  if (typeof cron !== "string") refuse("cron: a text is expected");
  return { cron: cron as string, timezone: timezone ?? "UTC" };
}

/** Refuses unknown options. @throws {WrongUseError} WRONG_USE */
export const checkScheduleOptions = (what: string, options: unknown, more: Readonly<Record<string, true>> = {}) =>
  refuseUnknownOptions(what, options, { ...SCHEDULE_OPTIONS, ...more });

/** Parsed expressions are kept: a thousand schedules are looked at each minute. */
const parsed = new WeakMap<ZoneData, Map<string, Ticks>>();
const PARSED_MAX = 2_000;

/** @throws {WrongUseError} WRONG_USE — for an expression or a zone that this process does not know. */
export function ticksOf(timing: ScheduleTiming, anchorAt: number, zones: ZoneData): Ticks {
  if (timing.everyMs !== undefined) return everyTicks(anchorAt, timing.everyMs);
  const known = parsed.get(zones) ?? new Map<string, Ticks>();
  parsed.set(zones, known);
  const key = `${timing.timezone} ${timing.cron}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = cronTicks(timing.cron, timing.timezone, zones);
  if (known.size >= PARSED_MAX) known.clear();
  known.set(key, made);
  return made;
}
