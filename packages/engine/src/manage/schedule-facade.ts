/** What `holdfast.schedules` offers. Types only. */
import type {
  ScheduleCatchUp,
  ScheduleOverlap,
  ScheduleSource,
  ScheduleState,
  TickDone,
  TickView,
} from "@holdfast/core";
import type { ScheduleOptions } from "../calendar/spec.js";
import type { Workflow } from "../workflow/define-workflow.js";

/** A schedule as it is shown. Instants are milliseconds UTC. */
export interface ScheduleView {
  /** Name of the schedule. */
  readonly name: string;
  /** Workflow whose runs it starts. */
  readonly workflow: string;
  /** Owner of its runs; null without one. */
  readonly owner: string | null;
  /** Whether a workflow declared it, or a person put it. */
  readonly source: ScheduleSource;
  /** Whether it ticks: `active`, `paused`, `retired` or `deleted`. */
  readonly state: ScheduleState;
  /** Cron expression; null for a period. */
  readonly cron: string | null;
  /** Time zone of `cron`; null for a period. */
  readonly timezone: string | null;
  /** Period; null for a cron expression. */
  readonly everyMs: number | null;
  /** When it ticks, in words. */
  readonly words: string;
  /** What a tick does while a run of it is active. */
  readonly overlap: ScheduleOverlap;
  /** What becomes of ticks that came while no worker ran. */
  readonly catchUp: ScheduleCatchUp;
  /** Upper bound of the delay. */
  readonly jitterMs: number;
  /** Delay of each of its runs after the tick: a part of `jitterMs`, fixed by the name. */
  readonly delayMs: number;
  /** Input of its runs, secrets hidden. */
  readonly input: unknown;
  /** The next five ticks. For a schedule that is not active: as they would be if it were resumed now. */
  readonly next: readonly number[];
  /** Instant of the next tick; null if it is not active. */
  readonly nextAt: number | null;
  /** Why no ticks can be computed here, such as a time zone that this Node does not know; null if they can. */
  readonly problem: string | null;
  /** Newest tick that started, queued or skipped a run; null before the first. */
  readonly lastAt: number | null;
  /** Runs of it that have not ended. */
  readonly activeCount: number;
  /** Ticks that wait for them to end. */
  readonly pendingCount: number;
  /** Who put, paused, resumed or deleted it last; null if the code did. */
  readonly changedBy: string | null;
  /** When that was. */
  readonly changedAt: number;
  /** Reason given with that change. */
  readonly reason: string | null;
  /** When a worker last declared it; null if none ever did. */
  readonly declaredAt: number | null;
  /** When it was first stored. */
  readonly createdAt: number;
  /** Version of the time zone data by which `nextAt` was computed. */
  readonly zoneVersion: string;
}

/** A schedule to put. */
export interface SchedulePut<Given = unknown> extends ScheduleOptions<Given> {
  /** Workflow of its runs, or its name. */
  // biome-ignore lint/suspicious/noExplicitAny: any output, any stages
  readonly workflow: Workflow<Given, any, any> | string;
  /** Owner of its runs. Default: none. */
  readonly owner?: string | undefined;
  /** Why, for the audit log. Default: none is recorded. */
  readonly reason?: string | undefined;
}

/** Selects schedules, ordered by name. */
export interface ScheduleListQuery {
  /** Schedules of this workflow. Default: of all. */
  readonly workflow?: string | undefined;
  /** Schedules with this owner. Default: all. */
  readonly owner?: string | undefined;
  /** Default: all but deleted ones. */
  readonly states?: readonly ScheduleState[] | undefined;
  /** Names after this one. Default: from the first. */
  readonly after?: string | undefined;
  /** Default 100, at most 1,000. */
  readonly limit?: number | undefined;
}

/** Reason of an act, for the audit log. */
export interface ScheduleActOptions {
  /** Why. Default: none is recorded. */
  readonly reason?: string | undefined;
}

/** What to start again. */
export interface BackfillOptions extends ScheduleActOptions {
  /** First instant, inclusive. */
  readonly from: Date | number;
  /** Last instant, inclusive; not in the future. */
  readonly to: Date | number;
  /** Says what would be started, and writes nothing. Default false. */
  readonly checkOnly?: boolean | undefined;
}

/** What a back-fill did, or would do. */
export interface BackfillReport {
  /** Name of the schedule. */
  readonly schedule: string;
  /** True if nothing was written. */
  readonly isCheckOnly: boolean;
  /** Instants without a run: those to start. */
  readonly starts: readonly number[];
  /** Instants that had their run already. */
  readonly ran: readonly number[];
  /** Whether the runs are started at once, or one after the other. */
  readonly order: "at once" | "one after the other";
  /** What became of each start; empty with `checkOnly`. */
  readonly done: readonly TickDone[];
}

/** Schedules: what starts runs by the clock. */
export interface Schedules {
  /**
   * Creates a schedule, or changes the one of this name, which is a person's from then on. It begins at now; the past is for `backfill`.
   * The anchor of a period stays unless the period changes.
   * @throws {ScheduleInvalidError} SCHEDULE_INVALID @throws {ScheduleNameInvalidError} SCHEDULE_NAME_INVALID
   * @throws {BadInputError} BAD_INPUT @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW
   */
  put<G>(name: string, schedule: SchedulePut<G>): Promise<ScheduleView>;
  /** Schedules by name, in pages. */
  list(query?: ScheduleListQuery): Promise<readonly ScheduleView[]>;
  /** One schedule. @throws {ScheduleNotFoundError} SCHEDULE_NOT_FOUND */
  get(name: string): Promise<ScheduleView>;
  /** Its ticks, newest first, with the state of their runs. Default 20, at most 1,000. */
  ticks(name: string, options?: { readonly limit?: number | undefined }): Promise<readonly TickView[]>;
  /** Stops its ticks until it is resumed, whatever the code declares. Ticks that wait for a run are dropped. */
  pause(name: string, options?: ScheduleActOptions): Promise<ScheduleView>;
  /** Resumes a paused schedule, or restores a deleted one. It begins at now. */
  resume(name: string, options?: ScheduleActOptions): Promise<ScheduleView>;
  /** Starts a run now, as a tick would: `overlap` applies. A paused schedule stays paused. */
  trigger(name: string, options?: ScheduleActOptions): Promise<TickDone>;
  /**
   * Starts runs for ticks of the past, at most 1,000, one after the other unless `overlap` is "allow". An instant has one run for good.
   * @throws {ScheduleInvalidError} SCHEDULE_INVALID — for bounds that cannot be meant.
   */
  backfill(name: string, options: BackfillOptions): Promise<BackfillReport>;
  /** Stops it for good, whatever the code declares. Its runs stay. `put` or `resume` brings it back. */
  delete(name: string, options?: ScheduleActOptions): Promise<void>;
}
