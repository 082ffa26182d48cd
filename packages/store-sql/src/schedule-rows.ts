/** Rows of schedules and their ticks, as the records of the core. */
import {
  KEPT_TICKS,
  parseStored,
  type RunId,
  type RunStatus,
  type ScheduleRecord,
  type ScheduleSource,
  type ScheduleState,
  type TickKind,
  type TickOutcome,
  type TickView,
} from "@holdfast/core";
import { STATUS_OF_PHASE } from "./live.js";
import { type Sql, type Steps, wait } from "./steps.js";

export interface ScheduleRow {
  schedule_k: number;
  name: string;
  workflow: string;
  owner: string | null;
  source: ScheduleSource;
  state: ScheduleState;
  spec: string;
  given: string | null;
  has_secrets: number | boolean;
  digest: string;
  zone_version: string;
  anchor_at: number;
  counted_at: number;
  last_local: string | null;
  next_at: number | null;
  fire_at: number | null;
  last_at: number | null;
  pending_at: number | null;
  changed_by: string | null;
  changed_at: number;
  reason: string | null;
  declared_at: number | null;
  created_at: number;
  revision: number;
  active_count?: number;
  pending_count?: number;
}

export interface TickRow {
  kind: TickKind;
  at: number;
  outcome: TickOutcome;
  run_id: string | null;
  reason: string | null;
  tick_count: number;
  recorded_at: number;
  final_status?: RunStatus | null;
  phase?: number | null;
}

export function toScheduleRecord(row: ScheduleRow): ScheduleRecord {
  return {
    name: row.name,
    workflow: row.workflow,
    owner: row.owner,
    source: row.source,
    state: row.state,
    spec: parseStored(row.spec, `schedule ${row.name}`),
    givenJson: row.given,
    hasSecrets: Boolean(row.has_secrets),
    digest: row.digest,
    zoneVersion: row.zone_version,
    anchorAt: row.anchor_at,
    countedAt: row.counted_at,
    lastLocal: row.last_local,
    nextAt: row.next_at,
    fireAt: row.fire_at,
    lastAt: row.last_at,
    changedBy: row.changed_by,
    changedAt: row.changed_at,
    reason: row.reason,
    declaredAt: row.declared_at,
    createdAt: row.created_at,
    revision: row.revision,
    activeCount: Number(row.active_count ?? 0),
    pendingCount: Number(row.pending_count ?? 0),
  };
}

export function toTickView(row: TickRow): TickView {
  const { kind, at, outcome, run_id, reason, tick_count, recorded_at, final_status = null, phase = null } = row;
  const status = final_status ?? (phase === null ? null : (STATUS_OF_PHASE[phase] ?? null));
  const runId = run_id as RunId | null;
  return { kind, at, outcome, runId, reason, count: tick_count, recordedAt: recorded_at, status };
}

/** Revisions between two trims: to find the oldest to keep, all that are kept are read. */
const TRIM_EVERY = 100;

/** Removes what is older than the newest `KEPT_TICKS`. */
export function* trimTicks(sql: Sql, scheduleK: number, revision: number): Steps<void> {
  if (revision % TRIM_EVERY !== 0) return;
  yield* wait(
    sql.run(
      `DELETE FROM schedule_tick WHERE schedule_k = ?1 AND outcome <> 'pending' AND at <
         (SELECT at FROM schedule_tick WHERE schedule_k = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)`,
      scheduleK,
      KEPT_TICKS,
    ),
  );
}
