/** Changing a schedule as it is now: read, decide, write if nobody was quicker, else once more. */
import {
  nearest,
  ScheduleNotFoundError,
  type ScheduleRecord,
  ScheduleRefusedError,
  type ScheduleSave,
  type ScheduleSpec,
  type ScheduleWrite,
} from "@holdfast/core";
import { jitterOf } from "../calendar/plan-tick.js";
import { ticksOf } from "../calendar/spec.js";
import type { Engine } from "../opened/engine.js";

/** Each time somebody else's change was written, so a hundred that write at once all end. */
const TRIES_MAX = 200;

export type Change = Pick<ScheduleSave, "schedule" | "by" | "reason" | "audit"> & Partial<ScheduleSave>;

/**
 * Writes what `decide` makes of the schedule; null leaves it as it is. Returns the schedule as it is then.
 * @throws {ScheduleRefusedError} SCHEDULE_REFUSED — the name differs from another in upper and lower case alone.
 */
export async function changeSchedule(
  { deps }: Engine,
  name: string,
  decide: (found: ScheduleRecord | null) => Change | null | Promise<Change | null>,
): Promise<ScheduleRecord | null> {
  const { store } = deps;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await store.getSchedule(name);
    const change = await decide(found);
    if (change === null) return found;
    const saved = await store.saveSchedule({ ...change, ifRevision: found?.revision ?? null });
    if (saved.kind === "saved") return store.getSchedule(name);
    if (saved.kind === "nameTaken") {
      const problem = `cannot be named so: there is ${saved.name}, and names must differ in more than upper and lower case`;
      throw new ScheduleRefusedError({ schedule: name, problem });
    }
  }
  throw new ScheduleRefusedError({ schedule: name, problem: "is changed by others again and again; try again" });
}

/** @throws {ScheduleNotFoundError} SCHEDULE_NOT_FOUND — with the names that come near. */
export async function requireSchedule({ deps }: Engine, name: string): Promise<ScheduleRecord> {
  const found = await deps.store.getSchedule(name);
  if (found === null) throw await notFound(deps.store, name);
  return found;
}

export async function notFound(store: Engine["deps"]["store"], name: string): Promise<ScheduleNotFoundError> {
  const names = (await store.listSchedules({ limit: 1_000 })).map((schedule) => schedule.name);
  const near = nearest(name, names);
  return new ScheduleNotFoundError({ schedule: name, near: near === null ? [] : [near] });
}

/** Where a schedule stands that begins at now: its anchor, and its next tick. */
export function beginAt(
  { deps }: Engine,
  name: string,
  spec: ScheduleSpec,
  found: Pick<ScheduleRecord, "spec" | "anchorAt"> | null,
): Pick<ScheduleWrite, "anchorAt" | "countedAt" | "lastLocal" | "nextAt" | "fireAt" | "zoneVersion"> {
  const { clock, zones } = deps;
  const nowMs = clock.nowMs();
  const isSamePeriod = found !== null && found.spec.timing.everyMs === spec.timing.everyMs;
  // Whole seconds, as in the IDs of its runs.
  const anchorAt = isSamePeriod ? found.anchorAt : Math.floor(nowMs / 1_000) * 1_000;
  const nextAt = ticksOf(spec.timing, anchorAt, zones).next(nowMs);
  const fireAt = nextAt === null ? null : nextAt + jitterOf(name, spec.jitterMs);
  return { anchorAt, countedAt: nowMs, lastLocal: null, nextAt, fireAt, zoneVersion: zones.version };
}

/** Where a schedule stands that does not tick. */
export const AT_REST = { nextAt: null, fireAt: null } as const;

/** The row as it was read, to change parts of it. */
export function writeOf(record: ScheduleRecord): ScheduleWrite {
  const { name, workflow, owner, source, state, spec, givenJson, digest, zoneVersion } = record;
  const { anchorAt, countedAt, lastLocal, nextAt, fireAt } = record;
  return {
    ...{ name, workflow, owner, source, state, spec, givenJson, secretsJson: null, digest, zoneVersion },
    ...{ anchorAt, countedAt, lastLocal, nextAt, fireAt },
  };
}
