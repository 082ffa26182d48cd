/** Runs as rows: creating, reading, listing, deleting. Moves between states are in `moves.ts`, claims in `claim.ts`. */
import type { ClaimTerms, RunId, RunStatus } from "@holdfast/core";
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
  /** Stages whose recorded outcomes are copied from the forked run. */
  readonly forkKeeps: readonly string[];
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
  ctx.dueMs(); // notes the wall clock, in case it is set back before any worker looks
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
  copyRecords(ctx, create, runK);
  const forkedFrom =
    create.forkedRunId === null ? undefined : { runId: create.forkedRunId, stage: create.forkedStage ?? "" };
  const { workflow, version, owner } = create;
  insertEvent(ctx, runK, 1, "run.created", null, JSON.stringify({ workflow, version, owner, forkedFrom }));
  if (create.claim === null) return { kind: "created", claim: null };
  const live = readLive(ctx, runK);
  if (live === null) throw new Error(`Run ${create.id} has no live row right after it was created.`);
  return { kind: "created", claim: takeLease(ctx, live, create.claim) };
}

/**
 * The outcomes that a fork keeps: rows of their own, so that the forked run may be restarted or deleted. They were started
 * before anything of the fork, in the order of the run they come from: below all numbers of events (32 bits), in its order.
 */
function copyRecords(ctx: SqlContext, create: CreateArgs, runK: number): void {
  if (create.forkedRunId === null || create.forkKeeps.length === 0) return;
  const copy = ctx.prepare(
    `INSERT INTO attempt (run_k, generation, stage, attempt, start_seq, status, is_record, holder_k, started_at, finished_at,
                          inputs_hash, output_sha256, output_bytes, output)
     SELECT ?, 1, a.stage, a.attempt, a.start_seq - 4294967296, a.status, 1, a.holder_k, a.started_at, a.finished_at, a.inputs_hash,
            a.output_sha256, a.output_bytes, a.output
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN attempt a USING (run_k)
      WHERE r.run_id = ? AND a.generation = coalesce(l.generation, r.generation) AND a.stage = ? AND a.is_record = 1
        AND a.status = 'completed'`,
  );
  let copiedCount = 0;
  for (const stage of create.forkKeeps) copiedCount += Number(copy.run(runK, create.forkedRunId, stage).changes);
  ctx.run(
    "UPDATE run_live SET stages_done = ?, has_record = ? WHERE run_k = ?",
    copiedCount,
    copiedCount > 0 ? 1 : 0,
    runK,
  );
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
  | { readonly kind: "forked"; readonly forks: readonly RunId[] }
  | { readonly kind: "notFound" };

/** Enough forks to see what is to be done first. */
const FORKS_TOLD_MAX = 20;

export function deleteRun(ctx: SqlContext, args: readonly [runId: string, evenIfForked: boolean]): DeleteResult {
  const [runId, evenIfForked] = args;
  const state = readState(ctx, runId);
  if (state === null) return { kind: "notFound" };
  const { runK, status, live } = state;
  if (status === "running") return { kind: "refused", status };
  const forks = evenIfForked
    ? []
    : ctx.all<{ id: RunId }>(
        "SELECT run_id AS id FROM run WHERE forked_run_id = ? ORDER BY run_k LIMIT ?",
        runId,
        FORKS_TOLD_MAX,
      );
  if (forks.length > 0) return { kind: "forked", forks: forks.map(({ id }) => id) };
  ctx.run("DELETE FROM attempt WHERE run_k = ?", runK);
  ctx.run("DELETE FROM event WHERE id > (? << 32) AND id < (? << 32)", runK, runK + 1);
  ctx.run("DELETE FROM checkpoint WHERE run_k = ?", runK);
  ctx.run("DELETE FROM artifact WHERE run_k = ?", runK);
  ctx.run("DELETE FROM resource_lease WHERE run_k = ?", runK);
  deleteMaps(ctx, runK);
  if (live === null) countFinished(ctx, status, -1);
  else ctx.run("DELETE FROM run_live WHERE run_k = ?", runK);
  ctx.run("DELETE FROM run WHERE run_k = ?", runK);
  ctx.forgetRun(runId);
  return { kind: "moved", from: status };
}

/** Datasets stay: other runs read them too. */
function deleteMaps(ctx: SqlContext, runK: number): void {
  for (const { k } of ctx.all<{ k: number }>("SELECT map_k AS k FROM map WHERE run_k = ?", runK)) {
    for (const table of ["item_result", "item_attempt", "item_failure", "map"]) {
      ctx.run(`DELETE FROM ${table} WHERE map_k = ?`, k);
    }
  }
  ctx.run("DELETE FROM paid_result WHERE run_k = ?", runK);
}
