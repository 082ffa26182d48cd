/**
 * Schedules: what starts runs by the clock. Their names, options and states, and the ID of the run of a tick; pure. When
 * a schedule ticks is computed by the engine (`engine/src/calendar`); the store records each tick once
 * (`store/schedules.ts`).
 */
import { ScheduleNameInvalidError } from "./errors/schedule.js";
import type { RunId } from "./ids.js";

/** What happens to a tick while a run of its schedule is active: queued, running, waiting or paused. */
export const SCHEDULE_OVERLAPS = ["skip", "queue", "cancelRunning", "allow"] as const;
/** One of `SCHEDULE_OVERLAPS`. */
export type ScheduleOverlap = (typeof SCHEDULE_OVERLAPS)[number];

/** What happens to ticks that came while no worker ran. `last`: the newest, if it is at most 24 hours old. */
export const SCHEDULE_CATCH_UPS = ["last", "all", "none"] as const;
/** One of `SCHEDULE_CATCH_UPS`. */
export type ScheduleCatchUp = (typeof SCHEDULE_CATCH_UPS)[number];

/** States of a schedule. `retired`: no worker declares it any more; it stays so until one does. */
export const SCHEDULE_STATES = ["active", "paused", "retired", "deleted"] as const;
/** One of `SCHEDULE_STATES`. */
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

/** Who defined a schedule: a workflow's `schedules`, or a person through `schedules.put`. */
export type ScheduleSource = "code" | "person";

/** When a schedule ticks: a cron expression in a time zone, or a period counted from an anchor. */
export type ScheduleTiming =
  | {
      /** Expression of five fields. */
      readonly cron: string;
      /** IANA name of its time zone. */
      readonly timezone: string;
      /** Never present beside `cron`. */
      readonly everyMs?: undefined;
    }
  | {
      /** Period in milliseconds. */
      readonly everyMs: number;
      /** Never present beside `everyMs`. */
      readonly cron?: undefined;
      /** Never present beside `everyMs`. */
      readonly timezone?: undefined;
    };

/** A schedule's definition with all defaults filled in. */
export interface ScheduleSpec {
  /** When it ticks. */
  readonly timing: ScheduleTiming;
  /** What a tick does while a run of it is active. */
  readonly overlap: ScheduleOverlap;
  /** What becomes of ticks that came while no worker ran. */
  readonly catchUp: ScheduleCatchUp;
  /** Each run starts up to this long after its tick, always the same time for one name. */
  readonly jitterMs: number;
}

/** How a tick was handled. */
export const TICK_OUTCOMES = ["started", "pending", "skipped", "missed", "failed"] as const;
/**
 * One of `TICK_OUTCOMES`. `pending`: its run starts once the active one has ended. `missed`: nothing ran to handle it, or
 * the schedule was paused.
 */
export type TickOutcome = (typeof TICK_OUTCOMES)[number];

/** What made a tick: the schedule's own timing, or a person. */
export const TICK_KINDS = ["tick", "trigger", "backfill"] as const;
/** One of `TICK_KINDS`. */
export type TickKind = (typeof TICK_KINDS)[number];

/** A tick as recorded. */
export interface TickRecord {
  /** What made it. */
  readonly kind: TickKind;
  /** Its instant, in milliseconds UTC. Of several missed ones, the last. */
  readonly at: number;
  /** What became of it. */
  readonly outcome: TickOutcome;
  /** Run that it started, or will start; null if there is none. */
  readonly runId: RunId | null;
  /** Why it was skipped or failed; null if it was not. */
  readonly reason: string | null;
  /** Number of ticks this record stands for: 1, or more for missed ones. */
  readonly count: number;
  /** When it was recorded, in milliseconds UTC. */
  readonly recordedAt: number;
}

/** Shortest period, in milliseconds: run IDs count in seconds. */
export const EVERY_MS_MIN = 1_000;
/** Oldest tick that `catchUp: "last"` makes up for. */
export const CATCH_UP_LAST_MS = 24 * 3_600_000;
/** A name that no worker has declared for this long is retired: ten minutes, longer than any deployment leaves none. */
export const RETIRE_AFTER_MS = 600_000;
/** Ticks that may wait for an active run to end. Later ones are skipped. */
export const PENDING_TICKS_MAX = 1_000;
/** Ticks kept per schedule; older ones are removed, their runs stay. */
export const KEPT_TICKS = 1_000;
/** Ticks of one back-fill. */
export const BACKFILL_TICKS_MAX = 1_000;

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Checks a schedule's name, which begins the IDs of its runs.
 * @throws {ScheduleNameInvalidError} SCHEDULE_NAME_INVALID
 */
export function checkScheduleName(name: unknown): asserts name is string {
  if (typeof name !== "string" || !NAME_PATTERN.test(name) || name.includes("..")) {
    throw new ScheduleNameInvalidError({ schedule: String(name) });
  }
}

/** Joins a schedule's name and an instant to the ID of the run. Users cannot write `~`, so no other run has it. */
export function scheduledRunId(schedule: string, atMs: number): RunId {
  return `${schedule}~${instantName(atMs)}` as RunId;
}

/**
 * The same for a run that a person triggers. It is told apart by its milliseconds, so that no tick of that second finds
 * its ID taken.
 */
export function triggeredRunId(schedule: string, atMs: number): RunId {
  const ms = String(Math.floor(atMs) % 1_000).padStart(3, "0");
  return `${schedule}~${instantName(atMs).replace("Z", `.${ms}Z`)}` as RunId;
}

/** `20180325T010000Z`. */
const instantName = (atMs: number) => new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, "");
