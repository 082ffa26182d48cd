/**
 * Schedules in the Store contract (`store.ts`). A schedule is one row, changed by whoever names the revision that it has
 * read; a tick makes its runs and moves the schedule on in one transaction, so any number of processes may tick at once.
 *
 * The store computes no instants of its own: the caller computes them from the row (`engine/src/calendar`), and the store
 * refuses them once the row has changed. Lock order: the schedule's row before all rows of its runs.
 */
import type { AuditStamp } from "../audit.js";
import type { RunId } from "../ids.js";
import type { RunStatus } from "../run-status.js";
import type {
  ScheduleOverlap,
  ScheduleSource,
  ScheduleSpec,
  ScheduleState,
  TickKind,
  TickOutcome,
  TickRecord,
} from "../schedule.js";
import type { RunCreate } from "./runs.js";

/** What a caller decides about a schedule: all of its row that is not counted by the store. */
export interface ScheduleWrite {
  readonly name: string;
  readonly workflow: string;
  /** Owner of its runs. */
  readonly owner: string | null;
  readonly source: ScheduleSource;
  readonly state: ScheduleState;
  readonly spec: ScheduleSpec;
  /** The input as it was given, as JSON; secrets hidden. */
  readonly givenJson: string | null;
  /** Its secrets; null if it has none. */
  readonly secretsJson: string | null;
  /** Hash of the definition. */
  readonly digest: string;
  /** Version of the zone data by which `nextAt` was computed. */
  readonly zoneVersion: string;
  /** Where a period is counted from. */
  readonly anchorAt: number;
  /** Ticks up to this instant are dealt with. */
  readonly countedAt: number;
  /** Local time of the last tick, where each local time ticks once. */
  readonly lastLocal: string | null;
  /** Instant of the next tick; null if there is none. */
  readonly nextAt: number | null;
  /** When its run starts: `nextAt` and the jitter. */
  readonly fireAt: number | null;
}

/** A schedule as stored. Instants are milliseconds UTC by the store's clock. */
export interface ScheduleRecord extends Omit<ScheduleWrite, "secretsJson"> {
  readonly hasSecrets: boolean;
  /** Instant of the last tick that started, queued or skipped a run. */
  readonly lastAt: number | null;
  /** Who set the present state or definition; null if that was a declaration. */
  readonly changedBy: string | null;
  readonly changedAt: number;
  /** Reason given with that change. */
  readonly reason: string | null;
  /** When a worker last declared it; null if none ever did. */
  readonly declaredAt: number | null;
  readonly createdAt: number;
  /** Counts changes and ticks. */
  readonly revision: number;
  /** Runs of it that have not ended. */
  readonly activeCount: number;
  /** Ticks that wait for them. */
  readonly pendingCount: number;
}

/** A change of a schedule by its row. */
export interface ScheduleSave {
  readonly schedule: ScheduleWrite;
  /** The revision that was read; null: there is no such schedule. */
  readonly ifRevision: number | null;
  /** Keeps the recorded secrets instead of `secretsJson`. */
  readonly keepsSecrets?: boolean | undefined;
  /** Set for a declaration: a worker declares it now. Such a change is nobody's. */
  readonly isDeclared?: boolean | undefined;
  /** Ticks by the clock that passed without a run, to record. */
  readonly missed?: { readonly count: number; readonly at: number } | undefined;
  /** Skips ticks that wait for an active run, with this reason. `all`: also those of a person. */
  readonly drops?: { readonly reason: string; readonly all: boolean } | undefined;
  readonly by: string | null;
  readonly reason: string | null;
  readonly audit: AuditStamp | null;
}

/** Answer to `saveSchedule`. */
export type ScheduleSaved =
  | { readonly kind: "saved" }
  /** Somebody else was quicker: read it again. */
  | { readonly kind: "changed" }
  /** A schedule has this name in other upper and lower case. */
  | { readonly kind: "nameTaken"; readonly name: string };

/** One instant for which a run is to start. */
export interface TickStart {
  readonly kind: TickKind;
  readonly at: number;
  /** Null if the run cannot be created; `reason` says why. */
  readonly create: RunCreate | null;
  readonly reason: string | null;
}

/** One schedule's ticks. */
export interface ScheduleTick {
  readonly name: string;
  readonly revision: number;
  /** What to do while a run of it is active. */
  readonly overlap: ScheduleOverlap;
  readonly starts: readonly TickStart[];
  /** Ticks by the clock that are passed over: how many, and the last of them. */
  readonly missed: { readonly count: number; readonly at: number } | null;
  /** How the schedule moves on; null leaves it where it is. */
  readonly move: Pick<ScheduleWrite, "countedAt" | "lastLocal" | "nextAt" | "fireAt" | "zoneVersion"> | null;
  /** For a tick by a person. */
  readonly audit: AuditStamp | null;
}

/** What became of one start. */
export interface TickDone {
  /** What made the tick. */
  readonly kind: TickKind;
  /** Its instant, in milliseconds UTC. */
  readonly at: number;
  /** What became of it. */
  readonly outcome: TickOutcome;
  /** Run that it started, or will start; null if there is none. */
  readonly runId: RunId | null;
  /** Why it was skipped, failed or waits; null if it was not. */
  readonly reason: string | null;
  /** The run was there already: this instant had been started before. */
  readonly isRepeated: boolean;
}

/** Answer for one schedule. */
export type ScheduleTicked =
  | {
      readonly kind: "ticked";
      readonly done: readonly TickDone[];
      /** Runs that were cancelled, or asked to. */
      readonly cancelled: readonly RunId[];
    }
  /** It has changed since it was read, or may not tick. Nothing was written. */
  | { readonly kind: "stale" };

/** Schedules that have something to do. */
export interface DueSchedules {
  /** The store's clock. */
  readonly nowMs: number;
  readonly schedules: readonly DueSchedule[];
}

/** One of them. */
export interface DueSchedule {
  readonly schedule: ScheduleRecord;
  /** The oldest tick that waits, if no run of the schedule is active. */
  readonly pending: Pick<TickStart, "kind" | "at"> | null;
}

/** Which schedules a process can tick. */
export interface DueQuery {
  /** Workflows that it knows. */
  readonly workflows: readonly string[];
  /** Version of its zone data. Schedules whose next instant was computed by an older one are due. */
  readonly zoneVersion: string;
}

/** A tick with the state of its run now; null if there is no run, or it was deleted. */
export interface TickView extends TickRecord {
  /** State of its run; null without one. */
  readonly status: RunStatus | null;
}

/** Schedules. */
export interface ScheduleStore {
  /** Strict. Creates or changes a schedule. */
  saveSchedule(save: ScheduleSave): Promise<ScheduleSaved>;
  getSchedule(name: string): Promise<ScheduleRecord | null>;
  /** The secrets of its input, for a tick; null if it has none. */
  getScheduleSecrets(name: string): Promise<string | null>;
  /** By name, after `after`. `states` defaults to all but deleted ones. */
  listSchedules(query: {
    readonly workflow?: string | undefined;
    readonly owner?: string | undefined;
    readonly states?: readonly ScheduleState[] | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly ScheduleRecord[]>;
  /** Newest first. */
  listTicks(name: string, limit: number): Promise<readonly TickView[]>;
  /**
   * Soft. A worker that declares `names` says that it lives; schedules of these workflows that came from code and were not
   * declared for `retireAfterMs` are retired. Returns their names.
   */
  keepDeclared(declared: {
    readonly names: readonly string[];
    readonly workflows: readonly string[];
    readonly retireAfterMs: number;
  }): Promise<readonly string[]>;
  /** Time until one of these schedules has something to do, in milliseconds; null if none will. */
  getNextTickMs(query: DueQuery): Promise<number | null>;
  /** Schedules that have something to do now, earliest first. */
  listDueSchedules(query: DueQuery & { readonly limit: number }): Promise<DueSchedules>;
  /**
   * Strict. Each schedule's ticks in turn, all in one transaction: starts their runs as `overlap` says, records what became
   * of them and moves the schedules on. A start that is recorded as pending is started if no run of the schedule is active.
   */
  tickSchedules(ticks: readonly ScheduleTick[]): Promise<readonly ScheduleTicked[]>;
}
