/** Runs as rows: creating, reading, listing, deleting. Moves between states are in `moves.ts`, claims in `claim.ts`. */
import type { ClaimTerms, RunStatus } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { type ClaimRow, takeLease } from "./claim.js";
import { insertEvent } from "./events.js";
import { countFinished, readLive, readState } from "./live.js";
import { definitionKey, workflowKey } from "./names.js";
import { FROM_LIVE, FROM_RUN, RUN_COLUMNS, type RunRow } from "./run-row.js";

/** `RunCreate` with its parts as JSON texts. */
export interface CreateArgs {
  readonly id: string;
  readonly workflow: string;
  readonly version: string | null;
  readonly owner: string | null;
  readonly inputJson: string | null;
  readonly givenJson: string | null;
  readonly stages: { readonly json: string | null; readonly count: number | null };
  readonly policyJson: string;
  readonly stallMs: number;
  readonly through: string | null;
  readonly idempotencyKey: string | null;
  readonly forkedRunId: string | null;
  readonly forkedStage: string | null;
  readonly claim: ClaimTerms | null;
}

export type CreateResult =
  | { readonly kind: "created"; readonly claim: ClaimRow | null }
  | { readonly kind: "idTaken" }
  | { readonly kind: "existing"; readonly runId: string };

export function createRun(ctx: SqlContext, args: readonly [create: CreateArgs]): CreateResult {
  const [create] = args;
  const workflowK = workflowKey(ctx, create.workflow);
  if (create.idempotencyKey !== null) {
    const existing = ctx.get<{ run_id: string }>(
      "SELECT run_id FROM run WHERE workflow_k = ? AND idempotency_key = ? AND coalesce(owner, '') = coalesce(?, '')",
      workflowK,
      create.idempotencyKey,
      create.owner,
    );
    if (existing !== undefined) return { kind: "existing", runId: existing.run_id };
  }
  const now = ctx.wallMs;
  const definitionK = definitionKey(ctx, workflowK, create.version, create.stages, create.policyJson);
  const insert = ctx.prepare(
    `INSERT OR IGNORE INTO run (run_id, workflow_k, definition_k, owner, idempotency_key, input, given, forked_run_id,
                                forked_stage, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const inserted = insert.run(
    create.id,
    workflowK,
    definitionK,
    create.owner,
    create.idempotencyKey,
    create.inputJson,
    create.givenJson,
    create.forkedRunId,
    create.forkedStage,
    now,
  );
  if (Number(inserted.changes) === 0) return { kind: "idTaken" };
  const runK = Number(inserted.lastInsertRowid);
  ctx.rememberRun(create.id, runK);
  ctx.run(
    `INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, stall_ms, next_seq, through, updated_at)
     VALUES (?, ?, 0, ?, 0, ?, 2, ?, ?)`,
    runK,
    workflowK,
    now,
    create.stallMs,
    create.through,
    now,
  );
  const forkedFrom =
    create.forkedRunId === null ? undefined : { runId: create.forkedRunId, stage: create.forkedStage ?? "" };
  const { workflow, version, owner } = create;
  insertEvent(ctx, runK, 1, "run.created", null, JSON.stringify({ workflow, version, owner, forkedFrom }));
  if (create.claim === null) return { kind: "created", claim: null };
  const live = readLive(ctx, runK);
  if (live === null) throw new Error(`Run ${create.id} has no live row right after it was created.`);
  return { kind: "created", claim: takeLease(ctx, live, create.claim) };
}

export function getRun(ctx: SqlContext, args: readonly [runId: string]): RunRow | null {
  return ctx.get<RunRow>(`SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_id = ?`, args[0]) ?? null;
}

export function findRunIds(ctx: SqlContext, args: readonly [prefix: string, limit: number]): string[] {
  const [prefix, limit] = args;
  // Run ids are plain ASCII, so "~" (the last printable character) ends the range that starts with the prefix.
  return ctx
    .all<{ run_id: string }>(
      "SELECT run_id FROM run WHERE run_id >= ? AND run_id < ? ORDER BY run_k DESC LIMIT ?",
      prefix,
      `${prefix}~`,
      limit,
    )
    .map((row) => row.run_id);
}

export type ListArgs = readonly [
  status: RunStatus | null,
  workflow: string | null,
  owner: string | null,
  isResumable: boolean,
  limit: number,
  before: number | null,
];

const PHASES: Partial<Record<RunStatus, number>> = { queued: 0, running: 1, paused: 2 };

/** One more row than `limit` when there is a next page. */
export function listRuns(ctx: SqlContext, args: ListArgs): RunRow[] {
  const [status, , , isResumable, limit] = args;
  if (!isResumable) return pageOf(ctx, args, status, "");
  // Resumable runs are paused or failed; each has its own index, and the two pages merge.
  const statuses = (["paused", "failed"] as const).filter((one) => status === null || status === one);
  return statuses
    .flatMap((one) => pageOf(ctx, args, one, "AND coalesce(l.has_record, r.has_record) = 1"))
    .sort((a, b) => b.run_k - a.run_k)
    .slice(0, limit + 1);
}

function pageOf(ctx: SqlContext, args: ListArgs, status: RunStatus | null, condition: string): RunRow[] {
  const [, workflow, owner, , limit, before] = args;
  const phase = status === null ? undefined : PHASES[status];
  // The phase and the status stand in the text, not in a parameter: only so are the partial indexes used.
  const where = [
    phase === undefined ? "" : `AND l.phase = ${phase}`,
    status === null || phase !== undefined ? "" : `AND r.final_status = '${status}'`,
    workflow === null ? "" : "AND r.workflow_k = (SELECT workflow_k FROM workflow WHERE name = ?)",
    owner === null ? "" : "AND r.owner = ?",
    before === null ? "" : `AND ${phase === undefined ? "r" : "l"}.run_k < ?`,
    condition,
  ].join(" ");
  return ctx.all<RunRow>(
    `SELECT ${RUN_COLUMNS} ${phase === undefined ? FROM_RUN : FROM_LIVE} WHERE 1 ${where}
      ORDER BY ${phase === undefined ? "r" : "l"}.run_k DESC LIMIT ?`,
    ...(workflow === null ? [] : [workflow]),
    ...(owner === null ? [] : [owner]),
    ...(before === null ? [] : [before]),
    limit + 1,
  );
}

export type DeleteResult =
  | { readonly kind: "moved"; readonly from: RunStatus }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | { readonly kind: "notFound" };

export function deleteRun(ctx: SqlContext, args: readonly [runId: string]): DeleteResult {
  const [runId] = args;
  const state = readState(ctx, runId);
  if (state === null) return { kind: "notFound" };
  const { runK, status, live } = state;
  if (status === "running") return { kind: "refused", status };
  ctx.run("DELETE FROM attempt WHERE run_k = ?", runK);
  ctx.run("DELETE FROM event WHERE id > (? << 32) AND id < (? << 32)", runK, runK + 1);
  ctx.run("DELETE FROM checkpoint WHERE run_k = ?", runK);
  ctx.run("DELETE FROM artifact WHERE run_k = ?", runK);
  ctx.run("DELETE FROM resource_lease WHERE run_k = ?", runK);
  if (live === null) countFinished(ctx, status, -1);
  else ctx.run("DELETE FROM run_live WHERE run_k = ?", runK);
  ctx.run("DELETE FROM run WHERE run_k = ?", runK);
  ctx.forgetRun(runId);
  return { kind: "moved", from: status };
}
