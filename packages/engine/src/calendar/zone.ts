/**
 * A time zone as two functions: its offset at an instant, and where the offset changes. The rules of a zone come from the
 * runtime's own data (`Intl`), which carry a version; tests bring their own.
 */
import { WrongUseError } from "@holdfast/core";

const DAY_MS = 86_400_000;

/** Rules of a time zone. */
export interface Zone {
  /** IANA name. */
  readonly name: string;
  /** Local time minus UTC at this instant, in milliseconds. */
  offsetMs(atMs: number): number;
}

/** All zones of one version of the zone data. */
export interface ZoneData {
  /** As the IANA names it: "2025c". Later versions sort after earlier ones. */
  readonly version: string;
  /** @throws {WrongUseError} WRONG_USE — no zone has this name. */
  zone(name: string): Zone;
}

/** Offsets change on the quarter of an hour, so a quarter that is known need not be computed again. */
const QUARTER_MS = 900_000;
/** Quarters remembered by a zone; forgotten all at once. */
const QUARTERS_MAX = 20_000;

class IntlZone implements Zone {
  private readonly format: Intl.DateTimeFormat;
  private readonly known = new Map<number, number>();

  constructor(readonly name: string) {
    const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric" } as const;
    this.format = new Intl.DateTimeFormat("en-US", {
      ...numeric,
      ...{ timeZone: name, hourCycle: "h23", minute: "numeric", second: "numeric" },
    });
  }

  offsetMs(atMs: number): number {
    const quarter = Math.floor(atMs / QUARTER_MS);
    const known = this.known.get(quarter);
    if (known !== undefined) return known;
    const offsetMs = this.compute(quarter * QUARTER_MS);
    if (this.known.size >= QUARTERS_MAX) this.known.clear();
    this.known.set(quarter, offsetMs);
    return offsetMs;
  }

  private compute(atMs: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.format.formatToParts(atMs)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - atMs;
  }
}

/** The zone data of this Node. */
export const systemZones: ZoneData = {
  version: process.versions.tz ?? "unknown",
  zone: (name) => {
    const known = zones.get(name);
    if (known !== undefined) return known;
    // Fixed offsets ("+01:00") are zones to some versions of Node and not to others.
    if (!/^[A-Za-z]/.test(name)) throw new WrongUseError({ problem: unknownZone(name) });
    try {
      const made = new IntlZone(name);
      zones.set(name, made);
      return made;
    } catch (cause) {
      throw new WrongUseError({ problem: unknownZone(name) }, { cause });
    }
  },
};

const zones = new Map<string, Zone>();
const unknownZone = (name: string) => `there is no time zone "${name}"; a name like Europe/Oslo or UTC is expected`;

/** Where local time jumps: at `atMs` the offset goes from `beforeMs` to `afterMs`. */
export interface Jump {
  readonly atMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/**
 * The offset that holds for all of a local day, or the jump in or near it. `day` counts local days from 1970-01-01. No zone
 * has ever jumped twice within the 54 hours that are looked at.
 */
export function jumpNear(zone: Zone, day: number): Jump | { readonly offsetMs: number } {
  // Offsets lie between -12 and +14 hours: every instant of the local day lies between these two.
  let low = day * DAY_MS - 16 * 3_600_000;
  let high = (day + 1) * DAY_MS + 14 * 3_600_000;
  const beforeMs = zone.offsetMs(low);
  const afterMs = zone.offsetMs(high);
  if (beforeMs === afterMs) return { offsetMs: beforeMs };
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2_000) * 1_000;
    if (zone.offsetMs(middle) === beforeMs) low = middle;
    else high = middle;
  }
  return { atMs: high, beforeMs, afterMs };
}
