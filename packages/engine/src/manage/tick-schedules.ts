/**
 * Ticks what is due, for schedules of the workflows that this process knows. Any process may do it, any number of them at
 * once: the store takes one plan for each revision of a schedule.
 *
 *     worker A                              worker B
 *     reads nightly, revision 7             reads nightly, revision 7
 *     starts nightly~…0600, revision 8
 *                                           plans the same tick, for revision 7: stale, nothing is written
 */
import { HoldfastError, type ScheduleTick, type ScheduleTicked } from "@holdfast/core";
import { Hints } from "../base/hints.js";
import { planTick } from "../calendar/plan-tick.js";
import { ticksOf } from "../calendar/spec.js";
import type { Engine } from "../opened/engine.js";
import { makeStarts } from "./schedule-run.js";

/** Schedules in one transaction: a thousand that are due at one instant are a few. */
const DUE_COUNT = 100;
/** Rounds before others of this process have their turn: what is made up for after a long time may be much. */
const ROUNDS_MAX = 100;
/** After another was quicker: long enough for its commit. */
const RACE_MS = 50;

/** Ticks what is due now; the time until the next look: until the next tick, at most `scanMs`. */
export async function tickDue(opened: Engine): Promise<number> {
  const { store, scanMs, zones } = opened.deps;
  const query = { workflows: [...opened.workflows.keys()], zoneVersion: zones.version };
  if (query.workflows.length === 0) return scanMs;
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    const leftMs = await store.getNextTickMs(query);
    if (leftMs === null || leftMs > 0) return Math.min(scanMs, leftMs ?? scanMs);
    const { nowMs, schedules } = await store.listDueSchedules({ ...query, limit: DUE_COUNT });
    const planned = await Promise.all(schedules.map((due) => planOf(opened, due, nowMs)));
    const ticks = planned.filter((tick) => tick !== null);
    // What cannot be planned here (a zone that this Node does not know) must not keep the processor busy.
    if (ticks.length === 0) return scanMs;
    const answers = await store.tickSchedules(ticks);
    tellTicked(opened, answers);
    if (answers.every(({ kind }) => kind === "stale")) break;
  }
  return RACE_MS;
}

type Due = Awaited<ReturnType<Engine["deps"]["store"]["listDueSchedules"]>>["schedules"][number];

/** Null if this process cannot. */
async function planOf(opened: Engine, { schedule, pending }: Due, nowMs: number): Promise<ScheduleTick | null> {
  const { store, zones } = opened.deps;
  const workflow = opened.workflows.get(schedule.workflow);
  if (workflow === undefined) return null;
  const tick = { name: schedule.name, revision: schedule.revision, overlap: schedule.spec.overlap, audit: null };
  if (pending !== null) {
    const starts = await makeStarts(store, workflow, schedule, [pending]);
    return { ...tick, starts, missed: null, move: null };
  }
  try {
    const ticks = ticksOf(schedule.spec.timing, schedule.anchorAt, zones);
    const plan = planTick(schedule, ticks, nowMs, zones.version);
    const instants = plan.starts.map((at) => ({ kind: "tick" as const, at }));
    return {
      ...tick,
      starts: await makeStarts(store, workflow, schedule, instants),
      missed: plan.missed,
      move: plan.move,
    };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.spec.isRetryable) throw error;
    return null;
  }
}

/** Wakes whoever waits for these runs, and for any. */
export function tellTicked({ deps }: Engine, answers: readonly ScheduleTicked[]): void {
  let isAny = false;
  for (const answer of answers) {
    if (answer.kind !== "ticked") continue;
    for (const { runId, outcome, isRepeated } of answer.done) {
      if (runId === null || outcome !== "started" || isRepeated) continue;
      deps.hints.notify(runId);
      isAny = true;
    }
    for (const runId of answer.cancelled) deps.hints.notify(runId);
  }
  if (isAny) deps.hints.notify(Hints.ANY);
}
