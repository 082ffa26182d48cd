/**
 * What a schedule that is looked at has to do: which of its ticks start a run, which are passed over, and when it ticks
 * next. Pure; the store carries it out if the schedule is still as it was read.
 */
import { CATCH_UP_LAST_MS, type ScheduleRecord, type ScheduleTick } from "@holdfast/core";
import type { Ticks } from "./ticks.js";

/** How late a tick may be handled and still count as on time: a minute, for `catchUp: "none"`. */
const ON_TIME_MS = 60_000;
/** Runs started for one schedule in one transaction. What is left is due at once. */
const STARTS_MAX = 100;

/** The plan: instants to start runs for, and the rest as the store takes it. */
export interface TickPlan {
  readonly starts: readonly number[];
  readonly missed: ScheduleTick["missed"];
  readonly move: NonNullable<ScheduleTick["move"]>;
}

type Planned = Pick<ScheduleRecord, "name" | "spec" | "nextAt" | "countedAt" | "lastLocal" | "zoneVersion">;

export function planTick(schedule: Planned, ticks: Ticks, nowMs: number, zoneVersion: string): TickPlan {
  const { name, spec, countedAt, lastLocal } = schedule;
  const delayMs = jitterOf(name, spec.jitterMs);
  const untilMs = nowMs - delayMs;
  const moveTo = (at: number | null, counted: number, local: string | null): TickPlan["move"] => ({
    ...{ countedAt: counted, lastLocal: local, nextAt: at, zoneVersion },
    fireAt: at === null ? null : at + delayMs,
  });
  // Newer rules may have moved what was computed by the older ones.
  const isOutdated = schedule.zoneVersion < zoneVersion;
  const first = isOutdated ? nextTick(ticks, countedAt, lastLocal) : schedule.nextAt;
  if (first === null || first > untilMs) {
    return { starts: [], missed: null, move: moveTo(first, countedAt, lastLocal) };
  }
  // One that these rules do not have was computed by newer ones.
  const last = ticks.last(untilMs, first) ?? first;
  const starts = startsOf(schedule, ticks, first, last, untilMs);
  const done = spec.catchUp === "all" ? (starts.at(-1) ?? last) : last;
  const count = spec.catchUp === "all" ? 0 : 1 + ticks.count(first, last) - starts.length;
  const lastMissed = starts.length === 0 ? last : (ticks.last(last - 1, first) ?? first);
  const local = ticks.localOf(done);
  return {
    starts,
    missed: count > 0 ? { count, at: lastMissed } : null,
    move: moveTo(nextTick(ticks, done, local), done, local),
  };
}

function startsOf({ spec }: Planned, ticks: Ticks, first: number, last: number, untilMs: number): readonly number[] {
  switch (spec.catchUp) {
    case "last":
      return untilMs - last <= CATCH_UP_LAST_MS ? [last] : [];
    case "none":
      return untilMs - last <= ON_TIME_MS ? [last] : [];
    case "all": {
      const starts: number[] = [];
      for (let at: number | null = first; at !== null && at <= last && starts.length < STARTS_MAX; at = ticks.next(at))
        starts.push(at);
      return starts;
    }
  }
}

/** The next tick whose local time has not ticked yet: other rules may have moved the same one. */
export function nextTick(ticks: Ticks, afterMs: number, lastLocal: string | null): number | null {
  for (let at = ticks.next(afterMs); ; at = ticks.next(at)) {
    if (at === null) return null;
    const local = ticks.localOf(at);
    if (local === null || lastLocal === null || local > lastLocal) return at;
  }
}

/** A part of `jitterMs` that is fixed by the name. */
export function jitterOf(name: string, jitterMs: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  // Names that differ in their last letter alone are spread, too.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return Math.floor((((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32) * jitterMs);
}
