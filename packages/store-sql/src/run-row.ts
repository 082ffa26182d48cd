/** A run as its rows say it, and the one query shape that reads it. */
import type { RunStatus } from "@holdfast/core";

/** A run as its rows say it; `decode.ts` turns it into a `RunRecord` on the caller's thread. */
export interface RunRow {
  run_k: number;
  run_id: string;
  workflow: string;
  version: string | null;
  stages: string | null;
  policy: string;
  owner: string | null;
  input: string | null;
  given: string | null;
  /** JSON: names of the fields that its workflow declares. */
  search_fields: string;
  has_secrets: number;
  forked_run_id: string | null;
  forked_stage: string | null;
  parent_run_id: string | null;
  parent_stage: string | null;
  code: string | null;
  created_at: number;
  last_error: string | null;
  last_error_at: number | null;
  final_status: RunStatus | null;
  finished_at: number | null;
  output: string | null;
  output_sha256: string | null;
  output_bytes: number | null;
  error: string | null;
  phase: number | null;
  reason: string | null;
  wake_at: number | null;
  wish: "pause" | "cancel" | "fail" | null;
  wish_reason: string | null;
  through: string | null;
  generation: number;
  recoveries: number;
  deaths: number | null;
  retries: number;
  started_at: number | null;
  updated_at: number;
  head: number;
  directive: string | null;
  stage_count: number | null;
  stages_done: number;
  items_done: number | null;
  items_total: number | null;
  items_failed: number | null;
  items_per_s: number | null;
  label: string | null;
  reached: string | null;
  eta_low_at: number | null;
  eta_high_at: number | null;
  token: number;
  holder: string | null;
  host: string | null;
  pid: number | null;
  boot_id?: string | null;
  since: number | null;
  lease_ms: number | null;
  beat_at: number | null;
  progress_at: number | null;
}

/** Columns that each dialect says in its own words, over a run `r` and what the store joins to it. */
export interface OwnColumns {
  /** Text: JSON list of the fields that the workflow declares. */
  readonly search_fields: string;
  /** 1 or 0. */
  readonly has_secrets: string;
  readonly boot_id?: string;
}

const COLUMNS = {
  run_k: "r.run_k",
  run_id: "r.run_id",
  workflow: "w.name",
  version: "d.version",
  stages: "d.stages",
  policy: "d.policy",
  owner: "r.owner",
  input: "r.input",
  given: "r.given",
  forked_run_id: "r.forked_run_id",
  forked_stage: "r.forked_stage",
  parent_run_id: "(SELECT p.run_id FROM run p WHERE p.run_k = r.parent_k)",
  parent_stage: "r.parent_stage",
  code: "r.code",
  created_at: "r.created_at",
  last_error: "r.last_error",
  last_error_at: "r.last_error_at",
  final_status: "r.final_status",
  finished_at: "r.finished_at",
  output: "r.output",
  output_sha256: "r.output_sha256",
  output_bytes: "r.output_bytes",
  error: "r.error",
  phase: "l.phase",
  reason: "coalesce(l.reason, r.reason)",
  wake_at: "l.wake_at",
  wish: "l.wish",
  wish_reason: "l.wish_reason",
  through: "coalesce(l.through, r.through)",
  generation: "coalesce(l.generation, r.generation)",
  recoveries: "coalesce(l.recoveries, r.recoveries)",
  deaths: "coalesce(l.deaths, r.deaths)",
  retries: "coalesce(l.retries, r.retries)",
  started_at: "coalesce(l.started_at, r.started_at)",
  updated_at: "coalesce(l.updated_at, r.updated_at)",
  head: "coalesce(l.next_seq - 1, r.head)",
  directive: "l.directive",
  stage_count: "d.stage_count",
  stages_done: "coalesce(l.stages_done, r.stages_done)",
  items_done: "coalesce(l.items_done, r.items_done)",
  items_total: "coalesce(l.items_total, r.items_total)",
  items_failed: "coalesce(l.items_failed, r.items_failed)",
  items_per_s: "coalesce(l.items_per_s, r.items_per_s)",
  label: "coalesce(l.label, r.label)",
  reached: "coalesce(l.reached, r.reached)",
  eta_low_at: "l.eta_low_at",
  eta_high_at: "l.eta_high_at",
  token: "l.token",
  holder: "h.name",
  host: "h.host",
  pid: "h.pid",
  since: "l.since",
  lease_ms: "l.lease_ms",
  beat_at: "l.beat_at",
  progress_at: "l.progress_at",
} as const satisfies Record<Exclude<keyof RunRow, keyof OwnColumns>, string>;

/** An expression for each column, in an order that never changes, over `r`, `l`, `w`, `d` and `h`. */
export const runColumns = (own: OwnColumns): Readonly<Record<string, string>> => ({ ...COLUMNS, ...own });

export const selectColumns = (columns: Readonly<Record<string, string>>): string =>
  Object.entries(columns)
    .map(([name, expression]) => `${expression} AS ${name}`)
    .join(", ");

export const FROM_RUN = `FROM run r LEFT JOIN run_live l USING (run_k)
  JOIN workflow w ON w.workflow_k = r.workflow_k JOIN definition d USING (definition_k)
  LEFT JOIN holder h ON h.holder_k = l.holder_k`;
