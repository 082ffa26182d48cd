/** A run as its rows say it, and the one query shape that reads it. */
import type { RunStatus } from "@holdfast/core";
import type { SqlContext } from "../context.js";

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
  boot_id: string | null;
  since: number | null;
  lease_ms: number | null;
  beat_at: number | null;
  progress_at: number | null;
}

export const RUN_COLUMNS = `
  r.run_k, r.run_id, w.name AS workflow, d.version, d.stages, d.policy, r.owner, r.input, r.given,
  (SELECT json_group_array(f.field) FROM search_field f WHERE f.workflow_k = r.workflow_k) AS search_fields, r.secrets IS NOT NULL AS has_secrets, r.forked_run_id,
  r.forked_stage, r.code, r.created_at, r.last_error, r.last_error_at, r.final_status, r.finished_at, r.output, r.output_sha256, r.output_bytes,
  r.error, l.phase, coalesce(l.reason, r.reason) AS reason, l.wake_at, l.wish, l.wish_reason,
  coalesce(l.through, r.through) AS through, coalesce(l.generation, r.generation) AS generation,
  coalesce(l.recoveries, r.recoveries) AS recoveries, coalesce(l.deaths, r.deaths) AS deaths,
  coalesce(l.retries, r.retries) AS retries,
  coalesce(l.started_at, r.started_at) AS started_at, coalesce(l.updated_at, r.updated_at) AS updated_at,
  coalesce(l.next_seq - 1, r.head) AS head, l.directive, d.stage_count,
  coalesce(l.stages_done, r.stages_done) AS stages_done, coalesce(l.items_done, r.items_done) AS items_done,
  coalesce(l.items_total, r.items_total) AS items_total, coalesce(l.items_failed, r.items_failed) AS items_failed,
  coalesce(l.items_per_s, r.items_per_s) AS items_per_s, coalesce(l.label, r.label) AS label, coalesce(l.reached, r.reached) AS reached, l.eta_low_at,
  l.eta_high_at, l.token, h.name AS holder, h.host, h.pid, b.boot_id, l.since, l.lease_ms, l.beat_at, l.progress_at`;

const JOINS = `
  JOIN workflow w ON w.workflow_k = r.workflow_k JOIN definition d USING (definition_k)
  LEFT JOIN holder h USING (holder_k) LEFT JOIN boot b USING (boot_k)`;
export const FROM_RUN = `FROM run r LEFT JOIN run_live l USING (run_k) ${JOINS}`;

export function readRun(ctx: SqlContext, runK: number): RunRow {
  const row = ctx.get<RunRow>(`SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_k = ?`, runK);
  if (row === undefined) throw new Error(`Run number ${runK} has no row.`);
  return row;
}
