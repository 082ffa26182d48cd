/** Rows as both stores select them, before they become records; those of runs are in `run-row.ts`. */
import type { ActorVia, AuditAction, RunStatus, WaitKind, WishKind } from "@holdfast/core";
import type { RunRow } from "./run-row.js";

// ── Leases

/** Null: written. A wish: written, and a pause was asked for. Else the refusal. Small, because most writes send one. */
export type WriteResult = null | WishKind | Refusal;
export type Refusal =
  | { readonly kind: "leaseLost"; readonly heldBy: string | null }
  | { readonly kind: "cancelled"; readonly wish: WishKind }
  | { readonly kind: "duplicate" };

export const DUPLICATE: Refusal = { kind: "duplicate" };

/** Null: extended. A wish: extended, and this was asked for. Else lost. */
export type BeatResult = null | WishKind | { readonly heldBy: string | null };

/** A claim with the rows of its run. */
export interface ClaimRow {
  readonly run: RunRow;
  readonly token: number;
  readonly nonce: string;
  readonly isReopening: boolean;
}

/** A holder's columns, as reads select them beside those of something else. */
export interface HolderRow {
  name: string;
  host: string;
  pid: number;
  holder_boot_id: string;
  pid_namespace: string;
  process_start: string;
}

export interface RunningRow extends HolderRow {
  run_id: string;
  workflow: string;
  policy: string;
  boot_id?: string;
  since: number;
  token: number;
  lease_ms: number;
  beat_at: number;
  progress_at: number;
  stall_ms: number;
  recoveries: number;
  deaths: number;
  in_company: number;
  retries: number;
  has_record: number;
  has_progressed: number;
  wish: WishKind | null;
}

/** A running run, and whether other runs are held by its process. */
export interface FoundRunning {
  readonly row: RunningRow;
  readonly isInCompany: boolean;
  /** Where the store can tell that the process has ended. */
  readonly isHolderGone?: boolean;
}

export interface ActivityRow {
  readonly runId: string;
  readonly status: "queued" | "running" | "waiting" | "paused";
  /** Of a running one it is in its facts. */
  readonly idleForMs: number;
  readonly running: FoundRunning | null;
}

export interface WaitingRow {
  readonly run_id: string;
  readonly workflow: string;
  readonly waiting_ms: number;
  readonly limit_ms: number;
}

// ── Stages

export interface HistoryRow {
  stage: string;
  last_attempt: number;
  failed_count: number;
}

export interface RecordRow {
  stage: string;
  attempt: number;
  status: "completed" | "failed";
  output: string | null;
  output_sha256: string | null;
  output_bytes: number | null;
  error: string | null;
  inputs_hash: string | null;
  failed_count: number;
}

export interface AttemptRow {
  generation: number;
  stage: string;
  attempt: number;
  status: "running" | "waiting" | "completed" | "failed" | "interrupted";
  started_at: number;
  finished_at: number | null;
  error: string | null;
  is_record: number;
  label: string | null;
  holder: string;
  wait_kind: WaitKind | null;
  wait_due_at: number | null;
  wait_subject: string | null;
  wait_child_id: string | null;
}

/** A published value. */
export interface PublishedRow {
  readonly key: string;
  readonly json: string;
  readonly at: number;
}

export interface EventRow {
  seq: number;
  type: number;
  at: number;
  stage: string | null;
  body: string | null;
}

export interface CheckpointRow {
  stage: string;
  attempt: number;
  saved_at: number;
  json: string;
}

export interface ArtifactRow {
  generation: number;
  stage: string;
  attempt: number;
  name: string;
  sha256: string;
  size_bytes: number;
  written_at: number;
}

// ── Maps

export interface CostRow {
  cost_nanos: number;
  unpriced_calls: number;
  unpriced_tokens: number;
}

export interface MapRow extends CostRow {
  map_k: number;
  stage: string;
  generation: number;
  config_hash: string;
  config_json: string | null;
  source_digest: string;
  total: number | null;
  ok_count: number;
  error_count: number;
  models: string | null;
  reserved_nanos: number;
  budget_nanos: number | null;
  low_water: number;
  intent_count: number;
  intent_low: number;
  left_out: number;
  absent: number;
  started_at: number;
  finished_at: number | null;
}

export interface ItemRow extends CostRow {
  key: string;
  idx: number;
  outcome: number;
  category: string | null;
  config_hash: string;
  attempt: number;
  started_at: number;
  finished_at: number;
  usage: string | null;
  error: string | null;
  first_error: string | null;
  output: string | null;
  label: string | null;
}

export interface ItemStateRow {
  key: string;
  idx: number;
  outcome: number;
  started_at: number;
  finished_at: number;
}

export interface PaidRow extends CostRow {
  key: string;
  item_sha256: string | null;
  output: string | null;
  usage: string | null;
}

// ── Datasets

export interface DatasetRecordRow {
  dataset_k: number;
  name: string;
  version: number;
  path: string;
  size_bytes: number;
  file_sha256: string;
  content_sha256: string;
  shape_sha256: string;
  key_columns: string;
  sheet: string | null;
  row_count: number;
  skipped: string;
  change_reason: string | null;
  ingested_at: number;
  erased_count: number;
}

export interface DatasetUserRow {
  run_id: string;
  workflow: string;
  status: RunStatus;
  content_sha256: string;
}

// ── Management

export interface WorkerRow extends HolderRow {
  workflows: string;
  concurrency: number;
  executing: number;
  is_supervising: number;
  last_scan_at: number | null;
  started_at: number;
  seen_at: number;
  silent_ms: number;
}

export interface AuditRow {
  id: number;
  at: number;
  actor: string;
  via: ActorVia;
  request_id: string | null;
  action: AuditAction;
  reason: string | null;
  run_id: string | null;
  workflow: string | null;
  owner: string | null;
  before: string | null;
  after: string | null;
}
