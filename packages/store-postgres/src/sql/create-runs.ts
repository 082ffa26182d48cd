/** Creating a run: its row, its event 1, what a fork keeps, and the claim where one is given, in one transaction. */
import { PRIORITY_MAX, type RunCreate, START_TERMS } from "@holdfast/core";
import { type ClaimRow, type Deduped, SETTLED, scopeOf } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { auditCreated } from "./control.js";
import { insertEvents } from "./events.js";
import { keysOn } from "./keys.js";
import { readLive } from "./live.js";
import { definitionKey, workflowKey } from "./names.js";
import { fillRuns, fillTags } from "./search.js";
import { takeLease } from "./take-leases.js";

export type CreateResult =
  | { readonly kind: "created"; readonly claim: ClaimRow | null }
  | { readonly kind: "idTaken"; readonly runId: string }
  | { readonly kind: "existing"; readonly runId: string; readonly isSameUse: boolean }
  | Exclude<Deduped, { readonly kind: "free" }>;

/** What becomes of a start with a dedupe key. */
type Dedupe = (ctx: SqlContext, create: RunCreate, workflowK: number) => Promise<Deduped>;

export async function createRun(ctx: SqlContext, create: RunCreate, dedupe?: Dedupe): Promise<CreateResult> {
  const workflowK = await workflowKey(ctx, create.workflow);
  const there = await findThere(ctx, create, workflowK);
  if (there !== null) return there;
  const isDeduped = dedupe !== undefined && create.dedupe !== undefined && create.dedupe !== null;
  const key = isDeduped ? await dedupe(ctx, create, workflowK) : NO_KEY;
  if (key.kind !== "free") {
    if (key.kind === "replaced") await auditCreated(ctx, key.runId, create.audit);
    return key;
  }
  // What is there already is asked again where another transaction was first.
  return (await insertRun(ctx, create, workflowK, key)) ?? taken(ctx, create, workflowK);
}

type Free = Extract<Deduped, { readonly kind: "free" }>;
const NO_KEY: Free = { kind: "free", after: null, quiet: null };

/** The row is its key's. What waits for the end of another run has no instant. */
async function takeKey(
  ctx: SqlContext,
  { owner, dedupe: terms }: RunCreate,
  runK: number,
  { after, quiet }: Free,
): Promise<void> {
  if (terms === undefined || terms === null) return;
  await ctx.run("UPDATE run SET dedupe_key = ? WHERE run_k = ?", terms.key, runK);
  await ctx.run(
    `UPDATE run_live SET dedupe = ?1, is_successor = ?2::smallint, not_before = ?3, quiet_until = ?4,
                         wake_at = CASE WHEN ?2::smallint = 1 THEN NULL ELSE wake_at END WHERE run_k = ?5`,
    ...[scopeOf(owner, terms.key), after === null ? 0 : 1, quiet?.notBefore ?? null, quiet?.until ?? null, runK],
  );
  if (after === null && quiet !== null) await keysOn(ctx).queueHeld(runK, quiet.notBefore);
}

async function taken(ctx: SqlContext, create: RunCreate, workflowK: number): Promise<CreateResult> {
  const there = await findThere(ctx, create, workflowK);
  if (there === null) throw new Error(`Run ${create.id} was refused, but nothing stands in its way.`);
  return there;
}

async function findThere(ctx: SqlContext, create: RunCreate, workflowK: number): Promise<CreateResult | null> {
  const existing = await findExisting(ctx, create, workflowK);
  if (existing !== null) return existing;
  // One that differs in upper and lower case alone has the same folder on some systems.
  const found = await ctx.get<{ run_id: string }>("SELECT run_id FROM run WHERE lower(run_id) = lower(?)", create.id);
  return found === undefined ? null : { kind: "idTaken", runId: found.run_id };
}

async function findExisting(ctx: SqlContext, create: RunCreate, workflowK: number): Promise<CreateResult | null> {
  if (create.idempotencyKey === null) return null;
  const existing = await ctx.get<{ run_id: string; idempotency_hash: string | null }>(
    "SELECT run_id, idempotency_hash FROM run WHERE workflow_k = ? AND idempotency_key = ? AND coalesce(owner, '') = coalesce(?, '')",
    workflowK,
    create.idempotencyKey,
    create.owner,
  );
  if (existing === undefined) return null;
  const { run_id: runId, idempotency_hash: hash } = existing;
  const asked = create.idempotencyHash ?? null;
  const isSameUse = hash === null || asked === null || hash === asked || hash === create.formerIdempotencyHash;
  return { kind: "existing", runId, isSameUse };
}

/** Null: another transaction made a run of this id or key meanwhile. */
async function insertRun(
  ctx: SqlContext,
  create: RunCreate,
  workflowK: number,
  key: Free,
): Promise<CreateResult | null> {
  const { version, stages, policy, forkedFrom } = create;
  const { due, priority, tags } = create.start ?? START_TERMS;
  const wakeAt = due === null ? ctx.wallMs : due.kind === "at" ? due.atMs : ctx.dueMs() + due.ms;
  const definitionK = await definitionKey(ctx, workflowK, { version, stages, policyJson: JSON.stringify(policy) });
  const made = await ctx.get<{ run_k: number }>(
    `INSERT INTO run (run_id, workflow_k, definition_k, owner, idempotency_key, idempotency_hash, input, given, secrets,
                      forked_run_id, forked_stage, created_at, priority, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING run_k`,
    ...[create.id, workflowK, definitionK, create.owner, create.idempotencyKey, create.idempotencyHash ?? null],
    ...[create.inputJson, create.givenJson, create.secretsJson ?? null],
    ...[forkedFrom?.runId ?? null, forkedFrom?.stage ?? null, ctx.wallMs],
    ...[priority, tags.length === 0 ? null : JSON.stringify(tags)],
  );
  if (made === undefined) return null;
  const { run_k: runK } = made;
  await fillRuns(ctx, workflowK, [{ run_k: runK, input: create.inputJson }]);
  await ctx.run(
    `INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, progress_at, stall_ms, next_seq, through, updated_at, priority,
                           rank)
     VALUES (?1, ?2, 0, ?6::bigint, 0, greatest(?3::bigint, ?6::bigint), ?4, 2, ?5, ?3::bigint, ?7::smallint, ${PRIORITY_MAX} - ?7::smallint)`,
    ...[runK, workflowK, ctx.wallMs, policy.stallAfterMs, create.through, wakeAt, priority],
  );
  await fillTags(ctx, runK, tags);
  await takeKey(ctx, create, runK, key);
  const body = createdBody(create);
  await insertEvents(ctx, [{ runK, seq: 1, type: "run.created", stage: null, body }]);
  await copyRecords(ctx, create, runK);
  let claim: ClaimRow | null = null;
  if (create.claim !== null && due === null && key.after === null && key.quiet === null) {
    const live = await readLive(ctx, runK);
    if (live === null) throw new Error(`Run ${create.id} has no live row right after it was created.`);
    claim = await takeLease(ctx, live, create.claim);
  }
  await auditCreated(ctx, create.id, create.audit);
  return { kind: "created", claim };
}

/** Of event 1. */
export function createdBody({ workflow, version, owner, forkedFrom, parent, schedule }: RunCreate): string {
  const told = forkedFrom === null ? undefined : { runId: forkedFrom.runId, stage: forkedFrom.stage };
  return JSON.stringify({ workflow, version, owner, forkedFrom: told, parent: parent ?? undefined, schedule });
}

/**
 * The outcomes that a fork keeps: rows of their own, so that the forked run may be restarted or deleted. They were started
 * before anything of the fork, in the order of the run they come from: below all numbers of events, in its order.
 */
async function copyRecords(ctx: SqlContext, { forkedFrom }: RunCreate, runK: number): Promise<void> {
  if (forkedFrom === null || forkedFrom.keeps.length === 0) return;
  const copied = await ctx.run(
    `INSERT INTO attempt_row (run_k, generation, stage, attempt, start_seq, status, is_record, holder_k, started_at, finished_at,
                              inputs_hash, output_sha256, output_bytes, output)
     SELECT ?1, 1, a.stage, a.attempt, a.start_seq - 4294967296, a.status, 1, a.holder_k, a.started_at, a.finished_at, a.inputs_hash,
            a.output_sha256, a.output_bytes, a.output
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN attempt_row a USING (run_k)
      WHERE r.run_id = ?2 AND a.generation = coalesce(l.generation, r.generation) AND a.stage = ANY(?3::text[])
        AND a.is_record = 1 AND a.status = 'completed'`,
    runK,
    forkedFrom.runId,
    forkedFrom.keeps,
  );
  // What they waited for is shown with them.
  await ctx.run(
    `INSERT INTO wait (run_k, stage, attempt, generation, start_seq, holder_k, kind, opened_at, due_at, is_wall, state, closed_at,
                       subject, question, answer)
     SELECT ?1, w.stage, w.attempt, 1, w.start_seq - 4294967296, w.holder_k, w.kind, w.opened_at, w.due_at, w.is_wall, w.state, w.closed_at,
            w.subject, w.question, w.answer
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN wait w USING (run_k)
      WHERE r.run_id = ?2 AND w.generation = coalesce(l.generation, r.generation) AND w.stage = ANY(?3::text[])
        AND w.state = ${SETTLED}`,
    runK,
    forkedFrom.runId,
    forkedFrom.keeps,
  );
  await ctx.run(
    `INSERT INTO dataset_use (run_k, generation, stage, attempt, is_source, name, content_sha256)
     SELECT ?1, 1, u.stage, u.attempt, u.is_source, u.name, u.content_sha256
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN dataset_use u USING (run_k)
      WHERE r.run_id = ?2 AND u.generation = coalesce(l.generation, r.generation) AND u.stage = ANY(?3::text[])
      ORDER BY array_position(?3::text[], u.stage), u.use_k`,
    runK,
    forkedFrom.runId,
    forkedFrom.keeps,
  );
  await ctx.run(
    "UPDATE run_live SET stages_done = ?, has_record = ? WHERE run_k = ?",
    copied,
    copied > 0 ? 1 : 0,
    runK,
  );
}
