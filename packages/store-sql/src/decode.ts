/** Rows as the records of the core: here JSON texts become values, once. */
import {
  type ArtifactRecord,
  type AttemptRecord,
  type BeatAnswer,
  type CheckpointRecord,
  type Claim,
  type ClaimRunOutcome,
  countedRecoveries,
  DEATHS_UNCHARGED_MAX,
  eventType,
  type Holder,
  type LeaseView,
  NOTHING_REACHED,
  type PublishedView,
  parseStored,
  type ReachedProgress,
  type RecordedError,
  type RecoveryPolicy,
  type ResumeDirective,
  RUN_SCHEMA_VERSION,
  type RunEvent,
  type RunId,
  type RunningFacts,
  type RunRecord,
  RunRecordInvalidError,
  type RunStatus,
  type StageDeclaration,
  type StageHistory,
  type StageRecord,
  StoreCorruptError,
  type StoredOutput,
  searchValueOf,
  validateRunRecord,
  type WriteOutcome,
} from "@holdfast/core";
import { expiresAtOf, isOfThisBoot, isRowExpired, type StoreInstant, silentMsOf } from "./lease-rules.js";
import { leaseRow, STATUS_OF_PHASE } from "./live.js";
import type { RequeueResult } from "./moves.js";
import type {
  ArtifactRow,
  AttemptRow,
  BeatResult,
  CheckpointRow,
  ClaimRow,
  EventRow,
  FoundRunning,
  HistoryRow,
  HolderRow,
  PublishedRow,
  RecordRow,
  WriteResult,
} from "./rows.js";
import type { RunRow } from "./run-row.js";
import { toWaitView } from "./wait-rows.js";

const parse = (json: string | null, place: string): unknown => (json === null ? undefined : parseStored(json, place));
const parseError = (json: string | null, place: string) =>
  json === null ? null : parseStored<RecordedError>(json, place);

/** Policies and declared stages repeat from run to run: parsed once for each text. */
const parsedTexts = new Map<string, unknown>();
const PARSED_TEXTS_MAX = 1_000;
function parseShared<T extends object>(json: string, place: string): T {
  let value = parsedTexts.get(json);
  if (value === undefined) {
    if (parsedTexts.size >= PARSED_TEXTS_MAX) parsedTexts.clear();
    value = parseStored(json, place);
    if (typeof value !== "object" || value === null) throw damaged(place, "it is not an object");
    parsedTexts.set(json, value);
  }
  return value as T;
}

/** Most workflows declare none. */
function searchOf(input: unknown, fieldsJson: string): RunRecord["search"] {
  if (fieldsJson === "[]") return {};
  const fields = parseShared<string[]>(fieldsJson, "the search fields");
  const values = fields.map((field) => [field, searchValueOf(input, field)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as RunRecord["search"];
}

export function toRunRecord(row: RunRow, now: StoreInstant): RunRecord {
  const status = row.final_status ?? STATUS_OF_PHASE[row.phase ?? 0] ?? "queued";
  const policy = parseShared<RecoveryPolicy>(row.policy, `run ${row.run_id}: its policy`);
  const { wallMs, monotonicMs, dueMs } = now;
  const isRunning = status === "running";
  const lease: LeaseView | null = isRunning ? leaseRow(row, now) : null;
  const input = parse(row.input, `run ${row.run_id}: its input`);
  return {
    schemaVersion: RUN_SCHEMA_VERSION,
    id: row.run_id as RunId,
    workflow: row.workflow,
    version: row.version,
    generation: row.generation,
    status,
    reason: row.reason,
    owner: row.owner,
    input,
    search: searchOf(input, row.search_fields),
    given: parse(row.given, `run ${row.run_id}: its given input`),
    hasSecrets: row.has_secrets === 1,
    stages:
      row.stages === null
        ? null
        : parseShared<StageDeclaration[]>(row.stages, `run ${row.run_id}: its declared stages`),
    policy,
    through: row.through,
    createdAt: row.created_at,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    finishedAt: row.finished_at,
    timeoutAt:
      isRunning && isOfThisBoot(row, now) && policy.idleTimeoutMs !== null
        ? wallMs + (row.progress_at ?? 0) + policy.idleTimeoutMs - monotonicMs
        : null,
    // A queued run whose time has come waits for a worker, not for a time.
    wakeAt: status === "queued" && row.wake_at !== null && row.wake_at <= dueMs ? null : row.wake_at,
    priority: row.priority,
    tags: row.tags === null ? [] : parseShared<string[]>(row.tags, `run ${row.run_id}: its tags`),
    dedupeKey: row.dedupe_key,
    holdup:
      status !== "queued" || row.held_by_run === undefined || row.held_by_run === null
        ? null
        : { kind: "run", runId: row.held_by_run },
    retries: row.retries,
    recoveries: row.recoveries,
    deaths: row.deaths ?? 0,
    lastError: parseError(row.last_error, `run ${row.run_id}: its last error`),
    lastErrorAt: row.last_error_at,
    progress: {
      done: row.items_done ?? row.stages_done,
      total: row.items_done === null ? row.stage_count : row.items_total,
      failed: row.items_failed ?? 0,
      ratePerS: row.items_per_s,
      etaMs: etaOf(row, lease, wallMs),
      label: row.label,
    },
    reached:
      row.reached === null
        ? NOTHING_REACHED
        : parseStored<ReachedProgress>(row.reached, `run ${row.run_id}: what it reached`),
    lease,
    wish: row.wish === null ? null : { kind: row.wish, reason: row.wish_reason },
    directive:
      row.directive === null
        ? null
        : parseStored<ResumeDirective>(row.directive, `run ${row.run_id}: what its resume asked for`),
    output: parse(row.output, `run ${row.run_id}: its output`),
    outputFile: row.output_sha256 === null ? null : { sha256: row.output_sha256, sizeBytes: row.output_bytes ?? 0 },
    error: parseError(row.error, `run ${row.run_id}: its error`),
    head: row.head,
    code: row.code,
    forkedFrom:
      row.forked_run_id === null ? null : { runId: row.forked_run_id as RunId, stage: row.forked_stage ?? "" },
    parent: row.parent_run_id === null ? null : { runId: row.parent_run_id as RunId, stage: row.parent_stage ?? "" },
  };
}

/** The range is kept as instants, which mean something while somebody works: null for a run that rests or whose lease ran out. */
function etaOf(row: RunRow, lease: LeaseView | null, wallMs: number): readonly [low: number, high: number] | null {
  const { eta_low_at: low, eta_high_at: high } = row;
  if (low === null || high === null || lease === null || lease.expiresAt <= wallMs) return null;
  // An estimate that time has overtaken says nothing; "0 s" would be a promise.
  return high <= wallMs ? null : [Math.max(0, low - wallMs), high - wallMs];
}

/**
 * A record for whoever reads it: checked, since another program may have written it. Claims are not: they
 * are the hot path, and what they need of a record is checked where it is parsed.
 * @throws {StoreCorruptError} STORE_CORRUPT — naming the fields that do not fit.
 */
export function toCheckedRunRecord(row: RunRow, now: StoreInstant): RunRecord {
  const record = toRunRecord(row, now);
  try {
    return validateRunRecord(record);
  } catch (thrown) {
    if (!(thrown instanceof RunRecordInvalidError)) throw thrown;
    const fields = thrown.details.issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw damaged(`run ${record.id}`, fields);
  }
}

function damaged(place: string, how: string): StoreCorruptError {
  return new StoreCorruptError({ location: place, problem: `the record is damaged: ${how}` });
}

export function toClaim(row: ClaimRow, now: StoreInstant): Claim {
  return {
    run: toRunRecord(row.run, now),
    token: row.token,
    nonce: row.nonce,
    isReopening: row.isReopening,
  };
}

export function toRequeueOutcome(
  result: RequeueResult<ClaimRow>,
  now: StoreInstant,
): ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus } {
  return result.kind === "claimed" ? { kind: "claimed", claim: toClaim(result.claim, now) } : result;
}

const WRITTEN: WriteOutcome = { kind: "written", wish: null };

export function toWriteOutcome(result: WriteResult): WriteOutcome {
  if (result === null) return WRITTEN;
  return typeof result === "string" ? { kind: "written", wish: result } : result;
}

function toOutput(row: RecordRow): StoredOutput {
  return row.output_sha256 === null
    ? { kind: "inline", json: row.output }
    : { kind: "file", sha256: row.output_sha256, sizeBytes: row.output_bytes ?? 0 };
}

export function toStageRecord(row: RecordRow): StageRecord {
  return {
    stage: row.stage,
    attempt: row.attempt,
    outcome: row.status,
    output: row.status === "completed" ? toOutput(row) : null,
    error: parseError(row.error, `stage ${row.stage}: the error of attempt ${row.attempt}`),
    inputsHash: row.inputs_hash,
    failedCount: row.failed_count,
  };
}

export function toHistory(rows: { stages: HistoryRow[]; records: RecordRow[] }): StageHistory[] {
  const records = new Map(rows.records.map((row) => [row.stage, toStageRecord(row)]));
  return rows.stages.map((row) => ({
    stage: row.stage,
    lastAttempt: row.last_attempt,
    failedCount: row.failed_count,
    record: records.get(row.stage) ?? null,
  }));
}

export function toAttempt(row: AttemptRow): AttemptRecord {
  return {
    generation: row.generation,
    stage: row.stage,
    attempt: row.attempt,
    status: row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: parseError(row.error, `stage ${row.stage}: the error of attempt ${row.attempt}`),
    isRecord: row.is_record === 1,
    label: row.label,
    holder: row.holder,
    wait: row.wait_kind === null ? null : toWaitView(row.wait_kind, row.wait_due_at, row),
  };
}

export function toArtifact(row: ArtifactRow): ArtifactRecord {
  const { generation, stage, attempt, name, sha256 } = row;
  return { generation, stage, attempt, name, sha256, sizeBytes: row.size_bytes, writtenAt: row.written_at };
}

export function toCheckpoint(row: CheckpointRow): CheckpointRecord {
  return { stage: row.stage, attempt: row.attempt, savedAt: row.saved_at, json: row.json };
}

export function toPublished(runId: string, { key, json, at }: PublishedRow): PublishedView {
  return { key, value: parseStored(json, `run ${runId}: its published value ${key}`), at };
}

export function toEvent(runId: string, row: EventRow): RunEvent {
  const body = (parse(row.body, `run ${runId}: its event ${row.seq}`) ?? {}) as object;
  return {
    runId,
    seq: row.seq,
    at: row.at,
    type: eventType(row.type),
    data: row.stage === null ? body : { stage: row.stage, ...body },
  } as unknown as RunEvent;
}

export function toHolder(row: HolderRow): Holder {
  return {
    name: row.name,
    host: row.host,
    pid: row.pid,
    bootId: row.holder_boot_id,
    pidNamespace: row.pid_namespace,
    processStart: row.process_start,
  };
}

/** `isInCompany`: its process holds other runs now. */
export function toRunningFacts(
  { row, isInCompany, isHolderGone = false }: FoundRunning,
  now: StoreInstant,
): RunningFacts {
  const { monotonicMs } = now;
  const isExpired = isRowExpired(row, now);
  return {
    lease: {
      runId: row.run_id as RunId,
      workflow: row.workflow,
      holder: row.name,
      host: row.host,
      pid: row.pid,
      since: row.since,
      expiresAt: expiresAtOf(row, now),
      token: row.token,
      holderIdentity: toHolder(row),
      silentForMs: silentMsOf(row, now),
      isExpired,
      ...(isHolderGone ? { isHolderGone } : {}),
    },
    policy: parseShared<RecoveryPolicy>(row.policy, `run ${row.run_id}: its policy`),
    deaths: row.deaths,
    facts: {
      status: "running",
      isLeaseExpired: isExpired,
      idleForMs: isOfThisBoot(row, now) ? monotonicMs - row.progress_at : monotonicMs,
      recoveries: countedRecoveries(row),
      retries: row.retries,
      wasAlone: row.deaths >= DEATHS_UNCHARGED_MAX || (row.in_company === 0 && !isInCompany),
      hasRecord: row.has_record === 1,
      hasProgressed: row.has_progressed === 1,
      wish: row.wish,
    },
  };
}

export function toBeatAnswer(result: BeatResult): BeatAnswer {
  return result !== null && typeof result === "object"
    ? { kind: "lost", heldBy: result.heldBy }
    : { kind: "extended", wish: result };
}
