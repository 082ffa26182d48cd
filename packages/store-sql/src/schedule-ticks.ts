/**
 * Ticks of schedules: starting their runs as the overlap says, recording what became of each, and moving the schedule on, all
 * in the transaction that holds the schedule's row.
 */
import {
  PENDING_TICKS_MAX,
  type RunCreate,
  type RunId,
  type ScheduleTick,
  type ScheduleTicked,
  type TickDone,
  type TickOutcome,
  type TickStart,
} from "@holdfast/core";
import { auditStore } from "./control.js";
import { STATUS_OF_PHASE } from "./live.js";
import { type ScheduleRow, type TickRow, trimTicks } from "./schedule-rows.js";
import { type Maybe, type Sql, type Steps, wait } from "./steps.js";

/** What each store does in its own way. */
export interface ScheduleSql {
  readonly sql: Sql;
  /** Locks the rows that are read: a clause where rows have locks. */
  readonly forUpdate: string;
  createRun(create: RunCreate): Maybe<{ readonly kind: "created" | "idTaken" | "existing" }>;
  cancelRun(runId: RunId, by: string, reason: string): Maybe<unknown>;
}

type Locked = Pick<ScheduleRow, "schedule_k" | "name">;

export function* tickSchedules(on: ScheduleSql, ticks: readonly ScheduleTick[]): Steps<ScheduleTicked[]> {
  const answers = new Map<ScheduleTick, ScheduleTicked>();
  // Two that tick at once lock in the same order.
  for (const tick of [...ticks].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    answers.set(tick, yield* tickOne(on, tick));
  }
  return ticks.map((tick) => answers.get(tick) as ScheduleTicked);
}

function* tickOne(on: ScheduleSql, tick: ScheduleTick): Steps<ScheduleTicked> {
  const { sql } = on;
  const row = yield* wait(
    sql.get<Pick<ScheduleRow, "schedule_k" | "name" | "revision" | "state">>(
      `SELECT schedule_k, name, revision, state FROM schedule WHERE name = ?${on.forUpdate}`,
      tick.name,
    ),
  );
  if (row === undefined || row.revision !== tick.revision || row.state === "deleted") return { kind: "stale" };
  const isByClock = tick.move !== null || tick.starts.some(({ kind }) => kind === "tick");
  if (isByClock && row.state !== "active") return { kind: "stale" };
  const done: TickDone[] = [];
  const cancelled: RunId[] = [];
  for (const start of tick.starts) done.push(yield* startOne(on, row, tick, start, cancelled));
  if (tick.missed !== null && tick.missed.count > 0) yield* noteMissed(sql, row.schedule_k, tick.missed);
  const own = tick.starts.filter(({ kind }) => kind === "tick").map(({ at }) => at);
  const lastAt = own.length === 0 ? null : Math.max(...own);
  yield* notePending(sql, row.schedule_k, lastAt);
  const { move } = tick;
  if (move !== null) {
    yield* wait(
      sql.run(
        `UPDATE schedule SET counted_at = ?, last_local = ?, next_at = ?, fire_at = ?, zone_version = ? WHERE schedule_k = ?`,
        ...[move.countedAt, move.lastLocal, move.nextAt, move.fireAt, move.zoneVersion, row.schedule_k],
      ),
    );
  }
  yield* trimTicks(sql, row.schedule_k, row.revision);
  if (tick.audit !== null && done.some(({ isRepeated }) => !isRepeated)) {
    yield* auditStore(sql, tick.audit, `schedule ${tick.name}: ${wordDone(done)}`);
  }
  return { kind: "ticked", done, cancelled };
}

const wordDone = (done: readonly TickDone[]) =>
  done.length === 1
    ? (done[0]?.runId ?? done[0]?.outcome ?? "nothing")
    : `${done.filter(({ isRepeated }) => !isRepeated).length} ticks`;

function* startOne(
  on: ScheduleSql,
  row: Locked,
  tick: ScheduleTick,
  start: TickStart,
  cancelled: RunId[],
): Steps<TickDone> {
  const { sql } = on;
  const { kind, at, create } = start;
  const there = yield* findThere(sql, row, start);
  const isWaiting = there?.outcome === "pending" && there.kind === kind && there.at === at;
  if (there !== null && !isWaiting) {
    const { outcome, run_id, reason } = there;
    return { kind, at, outcome, runId: run_id as RunId | null, reason, isRepeated: true };
  }
  if (create === null) return yield* note(sql, row, start, "failed", start.reason);
  const { overlap } = tick;
  let active = yield* findActive(sql, row.schedule_k);
  if (overlap === "cancelRunning" && active !== null && !isWaiting) {
    yield* dropPending(sql, row.schedule_k, "a newer tick replaced it", false);
    for (const { run_id } of yield* listActive(sql, row.schedule_k)) {
      yield* wait(on.cancelRun(run_id as RunId, `schedule ${row.name}`, "the schedule's next tick came"));
      cancelled.push(run_id as RunId);
    }
    active = yield* findActive(sql, row.schedule_k);
  }
  if (active === null || overlap === "allow") {
    const isBehind = overlap === "queue" && !isWaiting && (yield* countPending(sql, row.schedule_k)) > 0;
    if (!isBehind) return yield* createStarted(on, row, start, create);
  }
  const reason = active === null ? null : wordActive(active);
  if (overlap === "skip" && !isWaiting) return yield* note(sql, row, start, "skipped", reason);
  if (!isWaiting && (yield* countPending(sql, row.schedule_k)) >= PENDING_TICKS_MAX) {
    return yield* note(sql, row, start, "skipped", `${PENDING_TICKS_MAX} ticks wait already`);
  }
  return yield* note(sql, row, start, "pending", reason);
}

function* createStarted(on: ScheduleSql, row: Locked, start: TickStart, create: RunCreate): Steps<TickDone> {
  const made = yield* wait(on.createRun(create));
  if (made.kind !== "created") {
    return yield* note(on.sql, row, start, "failed", `run ID ${create.id} is taken by another run`);
  }
  yield* wait(on.sql.run("UPDATE run SET schedule_k = ? WHERE run_id = ?", row.schedule_k, create.id));
  return yield* note(on.sql, row, start, "started", null);
}

/** An instant has one run for good, whatever started it. */
function* findThere(sql: Sql, row: Locked, { kind, at, create }: TickStart): Steps<TickRow | null> {
  const found = yield* wait(
    sql.get<TickRow>(
      `SELECT kind, at, outcome, run_id, reason, tick_count, recorded_at FROM schedule_tick
        WHERE schedule_k = ?1 AND ((at = ?2 AND kind = ?3) OR (at = ?2 AND run_id = ?4 AND outcome IN ('started', 'pending')))
          AND outcome <> 'missed' ORDER BY CASE WHEN outcome = 'started' THEN 0 ELSE 1 END LIMIT 1`,
      row.schedule_k,
      at,
      kind,
      create?.id ?? null,
    ),
  );
  return found ?? null;
}

function* note(
  sql: Sql,
  row: Locked,
  { kind, at, create }: TickStart,
  outcome: TickOutcome,
  reason: string | null,
): Steps<TickDone> {
  const runId = outcome === "started" || outcome === "pending" ? (create?.id ?? null) : null;
  yield* wait(
    sql.run(
      `INSERT INTO schedule_tick (schedule_k, at, kind, outcome, run_id, reason, tick_count, recorded_at)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?)
       ON CONFLICT (schedule_k, at, kind) DO UPDATE SET outcome = excluded.outcome, run_id = excluded.run_id,
         reason = excluded.reason, recorded_at = excluded.recorded_at`,
      ...[row.schedule_k, at, kind, outcome, runId, reason, sql.wallMs],
    ),
  );
  return { kind, at, outcome, runId, reason, isRepeated: false };
}

export function* noteMissed(
  sql: Sql,
  scheduleK: number,
  { count, at }: { readonly count: number; readonly at: number },
): Steps<void> {
  yield* wait(
    sql.run(
      `INSERT INTO schedule_tick (schedule_k, at, kind, outcome, run_id, reason, tick_count, recorded_at)
       VALUES (?, ?, 'tick', 'missed', NULL, NULL, ?, ?) ON CONFLICT (schedule_k, at, kind) DO NOTHING`,
      ...[scheduleK, at, count, sql.wallMs],
    ),
  );
}

export function* dropPending(sql: Sql, scheduleK: number, reason: string, all: boolean): Steps<void> {
  yield* wait(
    sql.run(
      `UPDATE schedule_tick SET outcome = 'skipped', run_id = NULL, reason = ?, recorded_at = ?
        WHERE schedule_k = ? AND outcome = 'pending' ${all ? "" : "AND kind = 'tick'"}`,
      ...[reason, sql.wallMs, scheduleK],
    ),
  );
  yield* wait(
    sql.run(
      `UPDATE schedule SET pending_at = (SELECT min(t.at) FROM schedule_tick t WHERE t.schedule_k = schedule.schedule_k
                                            AND t.outcome = 'pending') WHERE schedule_k = ?`,
      scheduleK,
    ),
  );
}

function* notePending(sql: Sql, scheduleK: number, lastAt: number | null): Steps<void> {
  yield* wait(
    sql.run(
      `UPDATE schedule SET last_at = coalesce(?, last_at), revision = revision + 1,
              pending_at = (SELECT min(t.at) FROM schedule_tick t WHERE t.schedule_k = schedule.schedule_k AND t.outcome = 'pending')
        WHERE schedule_k = ?`,
      lastAt,
      scheduleK,
    ),
  );
}

function* countPending(sql: Sql, scheduleK: number): Steps<number> {
  const found = yield* wait(
    sql.get<{ count: number }>(
      "SELECT count(*) AS count FROM schedule_tick WHERE schedule_k = ? AND outcome = 'pending'",
      scheduleK,
    ),
  );
  return found?.count ?? 0;
}

interface ActiveRow {
  run_id: string;
  phase: number | null;
  reason: string | null;
  updated_at: number | null;
}

function listActive(sql: Sql, scheduleK: number, limit = 1_000): Steps<ActiveRow[]> {
  return wait(
    sql.all<ActiveRow>(
      `SELECT r.run_id, l.phase, l.reason, l.updated_at FROM run r LEFT JOIN run_live l ON l.run_k = r.run_k
        WHERE r.schedule_k = ? AND r.final_status IS NULL ORDER BY r.run_k LIMIT ?`,
      scheduleK,
      limit,
    ),
  );
}

function* findActive(sql: Sql, scheduleK: number): Steps<ActiveRow | null> {
  return (yield* listActive(sql, scheduleK, 1))[0] ?? null;
}

/** "run nightly~… is waiting (ask publish) since 2026-…". */
function wordActive({ run_id, phase, reason, updated_at }: ActiveRow): string {
  const status = STATUS_OF_PHASE[phase ?? 0] ?? "queued";
  const since = updated_at === null ? "" : ` since ${new Date(updated_at).toISOString()}`;
  return `run ${run_id} is ${status}${reason === null ? "" : ` (${reason})`}${since}`;
}
