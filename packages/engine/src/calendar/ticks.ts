/**
 * The instants of a schedule: of a cron expression in a time zone, or of a period counted from an anchor. Pure.
 *
 * Where the clocks change, an expression without `*` in minute and hour is its set of local times, each a fixed one: a
 * missing one ticks at the first instant after the gap (several of them once), a doubled one the first time. With `*` it
 * follows elapsed time: it ticks whenever the local time fits, so in a doubled hour twice; yet a window that vanishes whole
 * ticks once, at the first instant after the gap.
 */
import { type CronRule, parseCron } from "./cron.js";
import { jumpNear, type Zone, type ZoneData } from "./zone.js";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A schedule's instants, in milliseconds UTC. */
export interface Ticks {
  /** The first after this instant; null if there is none within five years. */
  next(afterMs: number): number | null;
  /** The last up to this instant and after `sinceMs`; null if there is none. */
  last(untilMs: number, sinceMs: number): number | null;
  /** How many there are after `sinceMs`, up to `untilMs`. Computed by days, so ten years of minutes take milliseconds. */
  count(sinceMs: number, untilMs: number): number;
  /** Local time of an instant as text, by which a time that came already is recognized; null where elapsed time counts. */
  localOf(atMs: number): string | null;
}

/** Ticks at `anchorMs + k × everyMs`. */
export function everyTicks(anchorMs: number, everyMs: number): Ticks {
  const floor = (atMs: number) => Math.floor((atMs - anchorMs) / everyMs);
  return {
    next: (afterMs) => anchorMs + (floor(afterMs) + 1) * everyMs,
    last: (untilMs, sinceMs) => {
      const at = anchorMs + floor(untilMs) * everyMs;
      return at > sinceMs ? at : null;
    },
    count: (sinceMs, untilMs) => Math.max(0, floor(untilMs) - floor(sinceMs)),
    localOf: () => null,
  };
}

/** @throws {WrongUseError} WRONG_USE — for an expression or a zone that does not exist. */
export function cronTicks(expression: string, timezone: string, zones: ZoneData): Ticks {
  return new CronTicks(parseCron(expression), zones.zone(timezone));
}

/** Days whose instants are remembered: those around the one that is asked about. */
const DAYS_KEPT = 4;

class CronTicks implements Ticks {
  private readonly days = new Map<number, readonly number[]>();

  constructor(
    private readonly rule: CronRule,
    private readonly zone: Zone,
  ) {}

  next(afterMs: number): number | null {
    // The jump of a day may move its last tick past the first of the day after, and never further.
    for (let from = this.dayOf(afterMs) - 1; ; ) {
      const day = this.rule.nextDay(from);
      if (day === null) return null;
      const found = [...this.ofDay(day), ...this.ofNext(day)].filter((at) => at > afterMs);
      if (found.length > 0) return Math.min(...found);
      from = day + 1;
    }
  }

  last(untilMs: number, sinceMs: number): number | null {
    const sinceDay = this.dayOf(sinceMs) - 1;
    for (let from = this.dayOf(untilMs) + 1; ; ) {
      const day = this.rule.previousDay(from, sinceDay);
      if (day === null) return null;
      const found = [...this.ofDay(day), ...this.ofPrevious(day)].filter((at) => at <= untilMs && at > sinceMs);
      if (found.length > 0) return Math.max(...found);
      from = day - 1;
    }
  }

  count(sinceMs: number, untilMs: number): number {
    const [first, last] = [this.dayOf(sinceMs) - 1, this.dayOf(untilMs) + 1];
    let count = 0;
    let before: ReadonlySet<number> = new Set();
    for (let day = this.rule.nextDay(first); day !== null && day <= last; day = this.rule.nextDay(day + 1)) {
      const ticks = this.ofDay(day);
      const isInside = day > first + 2 && day < last - 2;
      // One instant may be the tick of two days where a whole day is left out.
      const own = isInside ? ticks : ticks.filter((at) => at > sinceMs && at <= untilMs);
      count += own.length;
      if (own[0] !== undefined && before.has(own[0])) count -= 1;
      before = new Set(own.slice(-1));
    }
    return count;
  }

  localOf(atMs: number): string | null {
    if (this.rule.windows !== null) return null;
    return new Date(atMs + this.zone.offsetMs(atMs)).toISOString().slice(0, 16);
  }

  private dayOf(atMs: number): number {
    return Math.floor((atMs + this.zone.offsetMs(atMs)) / DAY_MS);
  }

  private ofNext(day: number): readonly number[] {
    return this.rule.isDay(day + 1) ? this.ofDay(day + 1) : [];
  }

  private ofPrevious(day: number): readonly number[] {
    return this.rule.isDay(day - 1) ? this.ofDay(day - 1) : [];
  }

  /** The instants of a local day on which the rule ticks, ascending. */
  private ofDay(day: number): readonly number[] {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    if (this.days.size >= DAYS_KEPT) this.days.clear();
    const found = this.compute(day);
    this.days.set(day, found);
    return found;
  }

  private compute(day: number): readonly number[] {
    const jump = jumpNear(this.zone, day);
    const startMs = day * DAY_MS;
    const { minutes, windows } = this.rule;
    if ("offsetMs" in jump) return minutes.map((minute) => startMs + minute * MINUTE_MS - jump.offsetMs);
    /** When this local time is: never, once or twice. */
    const instantsOf = (minute: number): readonly number[] => {
      const localMs = startMs + minute * MINUTE_MS;
      const [before, after] = [localMs - jump.beforeMs, localMs - jump.afterMs];
      return [...(before < jump.atMs ? [before] : []), ...(after >= jump.atMs ? [after] : [])];
    };
    const found = new Set<number>();
    if (windows === null) {
      for (const minute of minutes) found.add(instantsOf(minute)[0] ?? jump.atMs);
    } else {
      for (const window of windows) {
        const instants = window.flatMap(instantsOf);
        for (const at of instants.length === 0 ? [jump.atMs] : instants) found.add(at);
      }
    }
    return [...found].sort((a, b) => a - b);
  }
}
