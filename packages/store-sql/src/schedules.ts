/**
 * Schedules, as both stores keep them: their rows and their ticks. Each write locks the schedule's row first, so what it
 * reads of ticks and active runs is true until it commits; a run's end locks no schedule, and is seen by the next look.
 */
import type {
  DueQuery,
  DueSchedules,
  ScheduleRecord,
  ScheduleSave,
  ScheduleSaved,
  TickStart,
  TickView,
} from "@holdfast/core";
import { auditStore } from "./control.js";
import { type ScheduleRow, type TickRow, toScheduleRecord, toTickView } from "./schedule-rows.js";
import { dropPending, noteMissed, type ScheduleSql } from "./schedule-ticks.js";
import { type Sql, type Steps, wait } from "./steps.js";

const COLUMNS = `s.schedule_k, s.name, s.workflow, s.owner, s.source, s.state, s.spec, s.given, s.secrets IS NOT NULL AS has_secrets, s.digest,
  s.zone_version, s.anchor_at, s.counted_at, s.last_local, s.next_at, s.fire_at, s.last_at, s.pending_at, s.changed_by, s.changed_at,
  s.reason, s.declared_at, s.created_at, s.revision`;
const ACTIVE = "run r WHERE r.schedule_k = s.schedule_k AND r.final_status IS NULL";
const COUNTS = `(SELECT count(*) FROM ${ACTIVE}) AS active_count,
  (SELECT count(*) FROM schedule_tick t WHERE t.schedule_k = s.schedule_k AND t.outcome = 'pending') AS pending_count`;

const places = (values: readonly unknown[]) => values.map(() => "?").join(", ");

export function* getSchedule(sql: Sql, name: string): Steps<ScheduleRecord | null> {
  const row = yield* wait(sql.get<ScheduleRow>(`SELECT ${COLUMNS}, ${COUNTS} FROM schedule s WHERE s.name = ?`, name));
  return row === undefined ? null : toScheduleRecord(row);
}

export function* getScheduleSecrets(sql: Sql, name: string): Steps<string | null> {
  const row = yield* wait(sql.get<{ secrets: string | null }>("SELECT secrets FROM schedule s WHERE s.name = ?", name));
  return row?.secrets ?? null;
}

export function* listSchedules(
  sql: Sql,
  query: {
    readonly workflow?: string | undefined;
    readonly owner?: string | undefined;
    readonly states?: readonly string[] | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Steps<ScheduleRecord[]> {
  const { workflow, owner, states = ["active", "paused", "retired"], after, limit } = query;
  const tests = [`s.state IN (${places(states)})`];
  const values: (string | number)[] = [...states];
  const given = { "s.workflow = ?": workflow, "s.owner = ?": owner, "s.name > ?": after };
  for (const [test, value] of Object.entries(given)) {
    if (value === undefined) continue;
    tests.push(test);
    values.push(value);
  }
  const rows = yield* wait(
    sql.all<ScheduleRow>(
      `SELECT ${COLUMNS}, ${COUNTS} FROM schedule s WHERE ${tests.join(" AND ")} ORDER BY s.name LIMIT ?`,
      ...values,
      limit,
    ),
  );
  return rows.map(toScheduleRecord);
}

export function* listTicks(sql: Sql, name: string, limit: number): Steps<TickView[]> {
  const rows = yield* wait(
    sql.all<TickRow>(
      `SELECT t.kind, t.at, t.outcome, t.run_id, t.reason, t.tick_count, t.recorded_at, r.final_status, l.phase
         FROM schedule s JOIN schedule_tick t ON t.schedule_k = s.schedule_k
         LEFT JOIN run r ON r.run_id = t.run_id LEFT JOIN run_live l ON l.run_k = r.run_k
        WHERE s.name = ? ORDER BY t.at DESC, t.kind DESC LIMIT ?`,
      name,
      limit,
    ),
  );
  return rows.map(toTickView);
}

export function* saveSchedule(on: ScheduleSql, save: ScheduleSave): Steps<ScheduleSaved> {
  const { sql } = on;
  const { schedule, ifRevision, isDeclared = false, by, reason, audit, missed, drops } = save;
  const { name } = schedule;
  const found = yield* wait(
    sql.get<{ schedule_k: number; name: string; revision: number }>(
      `SELECT schedule_k, name, revision FROM schedule s WHERE lower(name) = lower(?)${on.forUpdate}`,
      name,
    ),
  );
  if (found !== undefined && found.name !== name) return { kind: "nameTaken", name: found.name };
  if ((found?.revision ?? null) !== ifRevision) return { kind: "changed" };
  const values = [
    ...[schedule.workflow, schedule.owner, schedule.source, schedule.state, JSON.stringify(schedule.spec)],
    ...[schedule.givenJson, schedule.digest, schedule.zoneVersion, schedule.anchorAt, schedule.countedAt],
    ...[schedule.lastLocal, schedule.nextAt, schedule.fireAt, by, sql.wallMs, reason],
  ];
  if (found === undefined) {
    const made = yield* wait(
      sql.run(
        `INSERT INTO schedule (workflow, owner, source, state, spec, given, digest, zone_version, anchor_at, counted_at, last_local,
                               next_at, fire_at, changed_by, changed_at, reason, name, secrets, declared_at, created_at, revision)
         VALUES (${places(values)}, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`,
        ...values,
        ...[name, schedule.secretsJson, isDeclared ? sql.wallMs : null, sql.wallMs],
      ),
    );
    // Another transaction made it meanwhile.
    if (made === 0) return { kind: "changed" };
  } else {
    yield* wait(
      sql.run(
        `UPDATE schedule SET workflow = ?, owner = ?, source = ?, state = ?, spec = ?, given = ?, digest = ?, zone_version = ?,
                anchor_at = ?, counted_at = ?, last_local = ?, next_at = ?, fire_at = ?, changed_by = ?, changed_at = ?, reason = ?,
                secrets = CASE WHEN ? = 1 THEN secrets ELSE ? END, declared_at = coalesce(?, declared_at), revision = revision + 1
          WHERE schedule_k = ?`,
        ...values,
        save.keepsSecrets === true ? 1 : 0,
        ...[schedule.secretsJson, isDeclared ? sql.wallMs : null, found.schedule_k],
      ),
    );
    if (drops !== undefined) yield* dropPending(sql, found.schedule_k, drops.reason, drops.all);
    if (missed !== undefined && missed.count > 0) yield* noteMissed(sql, found.schedule_k, missed);
  }
  if (audit !== null) yield* auditStore(sql, audit, `schedule ${name}`);
  return { kind: "saved" };
}

export function* keepDeclared(
  sql: Sql,
  declared: {
    readonly names: readonly string[];
    readonly workflows: readonly string[];
    readonly retireAfterMs: number;
  },
): Steps<string[]> {
  const { names, workflows, retireAfterMs } = declared;
  // In the order of their keys, as every write of several schedules locks them.
  for (const name of [...names].sort()) {
    yield* wait(sql.run("UPDATE schedule SET declared_at = ? WHERE name = ?", sql.wallMs, name));
  }
  if (workflows.length === 0) return [];
  const stale = yield* wait(
    sql.all<{ name: string; schedule_k: number }>(
      `SELECT name, schedule_k FROM schedule s WHERE source = 'code' AND state = 'active' AND declared_at < ?
          AND workflow IN (${places(workflows)}) ORDER BY name`,
      sql.wallMs - retireAfterMs,
      ...workflows,
    ),
  );
  const retired: string[] = [];
  for (const { name, schedule_k } of stale) {
    const changed = yield* wait(
      sql.run(
        `UPDATE schedule SET state = 'retired', next_at = NULL, fire_at = NULL, changed_by = NULL, changed_at = ?, reason = NULL,
                revision = revision + 1
          WHERE name = ? AND source = 'code' AND state = 'active' AND declared_at < ?`,
        sql.wallMs,
        name,
        sql.wallMs - retireAfterMs,
      ),
    );
    if (changed === 0) continue;
    // Nobody would start what still waits, and whoever looks for it would find it for ever.
    yield* dropPending(sql, schedule_k, "no longer in the code", false);
    retired.push(name);
  }
  return retired;
}

const READY = `s.pending_at IS NOT NULL AND s.state <> 'deleted' AND NOT EXISTS (SELECT 1 FROM ${ACTIVE})`;

export function* getNextTickMs(sql: Sql, { workflows, zoneVersion }: DueQuery): Steps<number | null> {
  if (workflows.length === 0) return null;
  const known = `s.workflow IN (${places(workflows)})`;
  const ready = yield* wait(
    sql.get<{ one: number }>(`SELECT 1 AS one FROM schedule s WHERE ${READY} AND ${known} LIMIT 1`, ...workflows),
  );
  if (ready !== undefined) return 0;
  const older = yield* wait(
    sql.get<{ one: number }>(
      `SELECT 1 AS one FROM schedule s WHERE s.state = 'active' AND s.next_at IS NOT NULL AND s.zone_version < ? AND ${known} LIMIT 1`,
      zoneVersion,
      ...workflows,
    ),
  );
  if (older !== undefined) return 0;
  const next = yield* wait(
    sql.get<{ fire_at: number }>(
      `SELECT s.fire_at FROM schedule s WHERE s.state = 'active' AND s.fire_at IS NOT NULL AND ${known} ORDER BY s.fire_at LIMIT 1`,
      ...workflows,
    ),
  );
  return next === undefined ? null : Math.max(0, next.fire_at - sql.wallMs);
}

export function* listDueSchedules(
  sql: Sql,
  { workflows, zoneVersion, limit }: DueQuery & { readonly limit: number },
): Steps<DueSchedules> {
  const nowMs = sql.wallMs;
  if (workflows.length === 0) return { nowMs, schedules: [] };
  const known = `s.workflow IN (${places(workflows)})`;
  const rows = yield* wait(
    sql.all<ScheduleRow & { pending_kind: TickStart["kind"] | null; is_ready: number }>(
      `SELECT ${COLUMNS}, ${COUNTS}, CASE WHEN ${READY} THEN 1 ELSE 0 END AS is_ready,
              (SELECT t.kind FROM schedule_tick t WHERE t.schedule_k = s.schedule_k AND t.outcome = 'pending'
                ORDER BY t.at, t.kind LIMIT 1) AS pending_kind
         FROM schedule s
        WHERE ${known} AND ((s.state = 'active' AND s.fire_at <= ?) OR (s.state = 'active' AND s.next_at IS NOT NULL AND s.zone_version < ?)
           OR (${READY}))
        ORDER BY coalesce(s.fire_at, 0), s.name LIMIT ?`,
      ...workflows,
      nowMs,
      zoneVersion,
      limit,
    ),
  );
  return {
    nowMs,
    schedules: rows.map((row) => ({
      schedule: toScheduleRecord(row),
      pending:
        row.is_ready === 1 && row.pending_kind !== null && row.pending_at !== null
          ? { kind: row.pending_kind, at: row.pending_at }
          : null,
    })),
  };
}
