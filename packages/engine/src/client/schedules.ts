/** `holdfast.schedules`: acts of people on schedules, each audited with its reason. */
import {
  type AuditAction,
  BACKFILL_TICKS_MAX,
  checkScheduleName,
  KEPT_TICKS,
  type RunId,
  ScheduleInvalidError,
  type ScheduleRecord,
  ScheduleRefusedError,
  type ScheduleSave,
  scheduledRunId,
  type TickDone,
  type TickStart,
} from "@holdfast/core";
import { jitterOf } from "../calendar/plan-tick.js";
import { checkScheduleOptions, checkSpec, ticksOf } from "../calendar/spec.js";
import type { Ticks } from "../calendar/ticks.js";
import { wordTiming } from "../calendar/words.js";
import { digestOf } from "../manage/declare-schedules.js";
import { AT_REST, beginAt, changeSchedule, notFound, requireSchedule, writeOf } from "../manage/save-schedule.js";
import type {
  BackfillOptions,
  BackfillReport,
  SchedulePut,
  Schedules,
  ScheduleView,
} from "../manage/schedule-facade.js";
import { makeStarts } from "../manage/schedule-run.js";
import { stampOf } from "../manage/stamp.js";
import { tellTicked } from "../manage/tick-schedules.js";
import { type Engine, requireWorkflow } from "../opened/engine.js";
import { parseInput } from "../workflow/parse-input.js";
import { BACKFILL, checkOptions, REASON, SCHEDULE_LIST, TICKS } from "./option-names.js";

const LIST_LIMIT = { default: 100, max: 1_000 } as const;
const TICKS_LIMIT = { default: 20, max: KEPT_TICKS } as const;
/** Ticks that are shown ahead. */
const NEXT_COUNT = 5;

export function makeSchedules(opened: Engine): Schedules {
  const { store } = opened.deps;
  const view = (record: ScheduleRecord | null) => viewOf(opened, record as ScheduleRecord);
  const schedules: Schedules = {
    put: async (name, put) => view(await putSchedule(opened, name, put)),
    list: async ({ limit = LIST_LIMIT.default, ...query } = {}) =>
      (await store.listSchedules({ ...query, limit: clamp(limit, LIST_LIMIT.max) })).map(view),
    get: async (name) => view(await requireSchedule(opened, name)),
    ticks: async (name, { limit = TICKS_LIMIT.default } = {}) => {
      await requireSchedule(opened, name);
      return store.listTicks(name, clamp(limit, TICKS_LIMIT.max));
    },
    pause: async (name, { reason } = {}) => view(await pause(opened, name, reason)),
    resume: async (name, { reason } = {}) => view(await resume(opened, name, reason)),
    delete: async (name, { reason } = {}) => {
      await act(opened, name, "scheduleDelete", reason, (found) =>
        found.state === "deleted"
          ? null
          : {
              schedule: { ...writeOf(found), state: "deleted", ...AT_REST },
              drops: { reason: "the schedule was deleted", all: true },
            },
      );
    },
    trigger: (name, { reason } = {}) => trigger(opened, name, reason),
    backfill: (name, options) => backfill(opened, name, options),
  };
  return checkOptions("schedules.", schedules, {
    list: [0, SCHEDULE_LIST],
    ticks: [1, TICKS],
    pause: [1, REASON],
    resume: [1, REASON],
    delete: [1, REASON],
    trigger: [1, REASON],
    backfill: [1, BACKFILL],
  });
}

const clamp = (limit: number, max: number) => Math.max(1, Math.min(limit, max));

async function putSchedule<G>(opened: Engine, name: string, put: SchedulePut<G>): Promise<ScheduleRecord | null> {
  checkScheduleName(name);
  checkScheduleOptions(`schedules.put ${name}`, put, { workflow: true, owner: true, reason: true });
  const { workflow: given, owner = null, reason, input, ...options } = put;
  const workflow = requireWorkflow(opened, typeof given === "string" ? given : given.name);
  const spec = checkSpec(name, options, opened.deps.zones);
  const { texts } = await parseInput(workflow, input);
  return changeSchedule(opened, name, (found) => ({
    schedule: {
      ...{ name, workflow: workflow.name, owner, source: "person", spec },
      ...{ givenJson: texts.givenJson, secretsJson: texts.secretsJson ?? null },
      digest: digestOf(workflow.name, spec, input),
      // Paused by a person: an edit is no resume.
      ...(found?.state === "paused"
        ? { ...beginAt(opened, name, spec, found), ...AT_REST, state: "paused" }
        : { ...beginAt(opened, name, spec, found), state: "active" }),
    },
    by: opened.actor.id,
    reason: reason ?? null,
    audit: stampOf(opened, "schedulePut", reason),
  }));
}

/** What an act changes; null leaves the schedule as it is. */
type Act = Pick<ScheduleSave, "schedule"> & Partial<ScheduleSave>;

async function act(
  opened: Engine,
  name: string,
  action: AuditAction,
  reason: string | undefined,
  decide: (found: ScheduleRecord) => Act | null,
): Promise<ScheduleRecord | null> {
  return changeSchedule(opened, name, async (found) => {
    if (found === null) throw await notFound(opened.deps.store, name);
    const change = decide(found);
    if (change === null) return null;
    const by = { by: opened.actor.id, reason: reason ?? null, audit: stampOf(opened, action, reason) };
    return { ...by, keepsSecrets: true, ...change };
  });
}

function pause(opened: Engine, name: string, reason: string | undefined): Promise<ScheduleRecord | null> {
  return act(opened, name, "schedulePause", reason, (found) => {
    if (found.state === "paused") return null;
    if (found.state !== "active") throw refused(name, found.state);
    return {
      schedule: { ...writeOf(found), state: "paused", ...AT_REST },
      drops: { reason: "the schedule was paused", all: false },
    };
  });
}

function resume(opened: Engine, name: string, reason: string | undefined): Promise<ScheduleRecord | null> {
  return act(opened, name, "scheduleResume", reason, (found) => {
    if (found.state === "active") return null;
    if (found.state === "retired") throw refused(name, found.state);
    const begun = beginAt(opened, name, found.spec, found);
    const missed = found.state === "paused" ? missedOf(opened, found, begun.countedAt) : undefined;
    return { schedule: { ...writeOf(found), state: "active", ...begun }, missed };
  });
}

function refused(name: string, state: ScheduleRecord["state"]): ScheduleRefusedError {
  const problem =
    state === "retired"
      ? "is no longer in the code: no worker declares it; put it to make it yours"
      : `is ${state}; resume or put it first`;
  return new ScheduleRefusedError({ schedule: name, problem });
}

/** Ticks that a pause has passed over. */
function missedOf({ deps }: Engine, found: ScheduleRecord, untilMs: number): { count: number; at: number } | undefined {
  const ticks = ticksOf(found.spec.timing, found.anchorAt, deps.zones);
  const at = ticks.last(untilMs, found.countedAt);
  return at === null ? undefined : { count: ticks.count(found.countedAt, untilMs), at };
}

async function trigger(opened: Engine, name: string, reason: string | undefined): Promise<TickDone> {
  const { clock } = opened.deps;
  // Two within a millisecond are two.
  for (let at = Math.floor(clock.nowMs()); ; at++) {
    const found = await requireActable(opened, name);
    const terms = { action: "scheduleTrigger", reason, overlap: found.spec.overlap } as const;
    const [done] = await tickByHand(opened, found, [{ kind: "trigger", at }], terms);
    if (done !== undefined && !done.isRepeated) return done;
  }
}

async function requireActable(opened: Engine, name: string): Promise<ScheduleRecord> {
  const found = await requireSchedule(opened, name);
  if (found.state === "deleted") throw refused(name, found.state);
  return found;
}

async function tickByHand(
  opened: Engine,
  schedule: ScheduleRecord,
  instants: readonly Pick<TickStart, "kind" | "at">[],
  terms: {
    readonly action: AuditAction;
    readonly reason: string | undefined;
    readonly overlap: ScheduleRecord["spec"]["overlap"];
  },
): Promise<readonly TickDone[]> {
  const { store } = opened.deps;
  const { overlap, action, reason } = terms;
  const audit = stampOf(opened, action, reason);
  for (let found = schedule; ; ) {
    const { name, revision } = found;
    const starts = await makeStarts(store, requireWorkflow(opened, found.workflow), found, instants);
    const [answer] = await store.tickSchedules([{ name, revision, overlap, starts, missed: null, move: null, audit }]);
    if (answer?.kind === "ticked") {
      tellTicked(opened, [answer]);
      return answer.done;
    }
    // It has ticked meanwhile, or was changed or deleted: what was asked for was of the schedule as it was.
    found = await requireActable(opened, name);
    if (found.digest !== schedule.digest) {
      throw new ScheduleRefusedError({
        schedule: name,
        problem: "was changed meanwhile; look at it and repeat the command",
      });
    }
  }
}

async function backfill(opened: Engine, name: string, options: BackfillOptions): Promise<BackfillReport> {
  const { store, clock, zones } = opened.deps;
  const found = await requireActable(opened, name);
  const [from, to] = [instantOf(name, "from", options.from), instantOf(name, "to", options.to)];
  const refuse = (problem: string) => {
    throw new ScheduleInvalidError({ schedule: name, problem });
  };
  if (from > to) refuse("from: an instant before to is expected");
  if (to > clock.nowMs()) refuse("to: an instant of the past is expected; what is to come ticks by itself");
  const ticks = ticksOf(found.spec.timing, found.anchorAt, zones);
  const count = ticks.count(from - 1, to);
  if (count > BACKFILL_TICKS_MAX) {
    refuse(`there are ${count} ticks between from and to, at most ${BACKFILL_TICKS_MAX} at a time are filled in`);
  }
  const instants = takeTicks(ticks, from - 1, to, BACKFILL_TICKS_MAX);
  const ran = await findRan(store, name, instants);
  const starts = instants.filter((at) => !ran.has(at));
  const isAtOnce = found.spec.overlap === "allow";
  const isCheckOnly = options.checkOnly ?? false;
  const done =
    isCheckOnly || starts.length === 0
      ? []
      : await tickByHand(
          opened,
          found,
          starts.map((at) => ({ kind: "backfill" as const, at })),
          { action: "scheduleBackfill", reason: options.reason, overlap: isAtOnce ? "allow" : "queue" },
        );
  const order = isAtOnce ? "at once" : "one after the other";
  return { schedule: name, isCheckOnly, starts, ran: [...ran].sort((a, b) => a - b), order, done };
}

function instantOf(name: string, option: string, value: Date | number): number {
  const ms = value instanceof Date ? value.getTime() : value;
  if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0) {
    throw new ScheduleInvalidError({ schedule: name, problem: `${option}: a date or milliseconds UTC are expected` });
  }
  return ms;
}

function takeTicks(ticks: Ticks, afterMs: number, untilMs: number, max: number): readonly number[] {
  const found: number[] = [];
  for (let at = ticks.next(afterMs); at !== null && at <= untilMs && found.length < max; at = ticks.next(at)) {
    found.push(at);
  }
  return found;
}

/** Instants that have their run, or have had it. */
async function findRan(
  store: Engine["deps"]["store"],
  name: string,
  instants: readonly number[],
): Promise<Set<number>> {
  const asked = new Set(instants);
  const ran = new Set<number>();
  for (const { at, outcome, kind } of await store.listTicks(name, KEPT_TICKS)) {
    const isRun = (outcome === "started" || outcome === "pending") && kind !== "trigger";
    if (isRun && asked.has(at)) ran.add(at);
  }
  for (const at of instants) {
    // Older than the ticks that are kept.
    if (!ran.has(at) && (await store.getRun(scheduledRunId(name, at) as RunId)) !== null) ran.add(at);
  }
  return ran;
}

function viewOf(opened: Engine, record: ScheduleRecord): ScheduleView {
  const { spec, state } = record;
  const { timing } = spec;
  return {
    ...{ name: record.name, workflow: record.workflow, owner: record.owner, source: record.source, state },
    cron: timing.cron ?? null,
    timezone: timing.timezone ?? null,
    everyMs: timing.everyMs ?? null,
    words: wordTiming(timing),
    overlap: spec.overlap,
    catchUp: spec.catchUp,
    jitterMs: spec.jitterMs,
    delayMs: jitterOf(record.name, spec.jitterMs),
    input: JSON.parse(record.givenJson ?? "null"),
    ...nextOf(opened, record),
    nextAt: record.nextAt,
    ...{ lastAt: record.lastAt, activeCount: record.activeCount, pendingCount: record.pendingCount },
    ...{ changedBy: record.changedBy, changedAt: record.changedAt, reason: record.reason },
    ...{ declaredAt: record.declaredAt, createdAt: record.createdAt, zoneVersion: record.zoneVersion },
  };
}

function nextOf({ deps }: Engine, record: ScheduleRecord): Pick<ScheduleView, "next" | "problem"> {
  const { nextAt, spec, anchorAt } = record;
  try {
    const ticks = ticksOf(spec.timing, anchorAt, deps.zones);
    // The recorded one first: it may be due since a moment, or computed by other zone data.
    const first = nextAt === null ? [] : [nextAt];
    const after = nextAt ?? deps.clock.nowMs();
    return { next: [...first, ...takeTicks(ticks, after, Infinity, NEXT_COUNT - first.length)], problem: null };
  } catch (error) {
    return { next: nextAt === null ? [] : [nextAt], problem: error instanceof Error ? error.message : String(error) };
  }
}
