/**
 * Runs as rows: creating and reading one. Pages are in `run-list.ts`, moves between states in `moves.ts`, claims in
 * `claim.ts`, removal in `cleanup.ts`.
 */
import type { AuditStamp, ClaimTerms, InputTexts } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { type ClaimRow, takeLease } from "./claim.js";
import { auditCreated } from "./control.js";
import { insertEvent } from "./events.js";
import { readLive } from "./live.js";
import { bootKey, definitionKey, workflowKey } from "./names.js";
import { FROM_RUN, RUN_COLUMNS, type RunRow } from "./run-row.js";
import { fillRun } from "./search.js";

/** `RunCreate` with its parts as JSON texts. */
export interface CreateArgs extends InputTexts {
  readonly id: string;
  readonly workflow: string;
  readonly version: string | null;
  readonly owner: string | null;
  readonly stages: { readonly json: string | null; readonly count: number | null };
  readonly policyJson: string;
  readonly stallMs: number;
  readonly through: string | null;
  readonly idempotencyKey: string | null;
  readonly idempotencyHash?: string | null | undefined;
  readonly formerIdempotencyHash?: string | null | undefined;
  readonly forkedRunId: string | null;
  readonly forkedStage: string | null;
  /** Stages whose recorded outcomes are copied from the forked run. */
  readonly forkKeeps: readonly string[];
  readonly claim: ClaimTerms | null;
  readonly audit?: AuditStamp | null | undefined;
}

export type CreateResult =
  | { readonly kind: "created"; readonly claim: ClaimRow | null }
  | { readonly kind: "idTaken"; readonly runId: string }
  | { readonly kind: "existing"; readonly runId: string; readonly isSameUse: boolean };

/** The run that has this id, or one that differs from it in upper and lower case alone: their folders may be one. */
function findTaken(ctx: SqlContext, id: string): string | undefined {
  const found = ctx.get<{ run_id: string }>(
    `SELECT run_id FROM run WHERE run_id IN (?1, lower(?1))
     UNION ALL SELECT run_id FROM run WHERE lower(run_id) = lower(?1) AND run_id <> lower(run_id) LIMIT 1`,
    id,
  );
  return found?.run_id;
}

/** Never the number of a removed run of which rows are left: they would be the new run's. */
const NEXT_NUMBER = `1 + max(coalesce((SELECT max(run_k) FROM run), 0), coalesce((SELECT max(run_k) FROM purge), 0))`;

export function createRun(ctx: SqlContext, args: readonly [create: CreateArgs]): CreateResult {
  const [create] = args;
  const workflowK = workflowKey(ctx, create.workflow);
  if (create.idempotencyKey !== null) {
    const existing = ctx.get<{ run_id: string; idempotency_hash: string | null }>(
      "SELECT run_id, idempotency_hash FROM run WHERE workflow_k = ? AND idempotency_key = ? AND coalesce(owner, '') = coalesce(?, '')",
      workflowK,
      create.idempotencyKey,
      create.owner,
    );
    if (existing !== undefined) {
      const { run_id: runId, idempotency_hash: hash } = existing;
      const asked = create.idempotencyHash ?? null;
      const isSameUse = hash === null || asked === null || hash === asked || hash === create.formerIdempotencyHash;
      return { kind: "existing", runId, isSameUse };
    }
  }
  const now = ctx.wallMs;
  ctx.dueMs(); // notes the wall clock, in case it is set back before any worker looks
  const definitionK = definitionKey(ctx, workflowK, create.version, create.stages, create.policyJson);
  const taken = findTaken(ctx, create.id);
  if (taken !== undefined) return { kind: "idTaken", runId: taken };
  const insert = ctx.prepare(
    `INSERT INTO run (run_k, run_id, workflow_k, definition_k, owner, idempotency_key, idempotency_hash, input, given, secrets,
                                forked_run_id, forked_stage, created_at)
     VALUES (${NEXT_NUMBER}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const inserted = insert.run(
    create.id,
    workflowK,
    definitionK,
    create.owner,
    create.idempotencyKey,
    create.idempotencyHash ?? null,
    create.inputJson,
    create.givenJson,
    create.secretsJson ?? null,
    create.forkedRunId,
    create.forkedStage,
    now,
  );
  const runK = Number(inserted.lastInsertRowid);
  ctx.rememberRun(create.id, runK);
  fillRun(ctx, runK);
  ctx.run(
    `INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, boot_k, progress_at, stall_ms, next_seq, through,
                           updated_at)
     VALUES (?, ?, 0, ?, 0, ?, ?, ?, 2, ?, ?)`,
    runK,
    workflowK,
    now,
    bootKey(ctx),
    ctx.monotonicMs,
    create.stallMs,
    create.through,
    now,
  );
  copyRecords(ctx, create, runK);
  const forkedFrom =
    create.forkedRunId === null ? undefined : { runId: create.forkedRunId, stage: create.forkedStage ?? "" };
  const { workflow, version, owner } = create;
  insertEvent(ctx, runK, 1, "run.created", null, JSON.stringify({ workflow, version, owner, forkedFrom }));
  const claim = create.claim === null ? null : claimNew(ctx, create.id, runK, create.claim);
  auditCreated(ctx, create.id, create.audit);
  return { kind: "created", claim };
}

function claimNew(ctx: SqlContext, runId: string, runK: number, terms: ClaimTerms): ClaimRow {
  const live = readLive(ctx, runK);
  if (live === null) throw new Error(`Run ${runId} has no live row right after it was created.`);
  return takeLease(ctx, live, terms);
}

/**
 * The outcomes that a fork keeps: rows of their own, so that the forked run may be restarted or deleted. They were started
 * before anything of the fork, in the order of the run they come from: below all numbers of events (32 bits), in its order.
 */
function copyRecords(ctx: SqlContext, create: CreateArgs, runK: number): void {
  if (create.forkedRunId === null || create.forkKeeps.length === 0) return;
  const copy = ctx.prepare(
    `INSERT INTO attempt_row (run_k, generation, stage, attempt, start_seq, status, is_record, holder_k, started_at, finished_at,
                          inputs_hash, output_sha256, output_bytes, output)
     SELECT ?, 1, a.stage, a.attempt, a.start_seq - 4294967296, a.status, 1, a.holder_k, a.started_at, a.finished_at, a.inputs_hash,
            a.output_sha256, a.output_bytes, a.output
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN attempt a USING (run_k)
      WHERE r.run_id = ? AND a.generation = coalesce(l.generation, r.generation) AND a.stage = ? AND a.is_record = 1
        AND a.status = 'completed'`,
  );
  let copiedCount = 0;
  const copyUses = ctx.prepare(
    `INSERT INTO dataset_use (run_k, generation, stage, attempt, is_source, name, content_sha256)
     SELECT ?, 1, u.stage, u.attempt, u.is_source, u.name, u.content_sha256
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN dataset_use u USING (run_k)
      WHERE r.run_id = ? AND u.generation = coalesce(l.generation, r.generation) AND u.stage = ? ORDER BY u.use_k`,
  );
  for (const stage of create.forkKeeps) {
    copiedCount += Number(copy.run(runK, create.forkedRunId, stage).changes);
    copyUses.run(runK, create.forkedRunId, stage);
  }
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

export function getSecrets(ctx: SqlContext, args: readonly [runId: string]): string | null {
  return ctx.get<{ secrets: string | null }>("SELECT secrets FROM run WHERE run_id = ?", args[0])?.secrets ?? null;
}
