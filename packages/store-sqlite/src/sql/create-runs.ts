/** Creating runs: those that stand side by side in a group are inserted together. */
import { type ClaimTerms, PRIORITY_MAX, type RunCreate, START_TERMS, type StartTerms } from "@holdfast/core";
import { type Deduped, SETTLED, scopeOf } from "@holdfast/store-sql";
import { placeholders, ROWS_AT_ONCE, writeInBatches } from "../batches.js";
import type { SqlContext } from "../context.js";
import type { SqlValue } from "../driver.js";
import { auditCreated } from "./control.js";
import { insertEvents } from "./events.js";
import { keysOn } from "./keys.js";
import { readLive } from "./live.js";
import { bootKey, definitionKey, workflowKey } from "./names.js";
import { fillRuns, fillTags } from "./search.js";
import { type ClaimRow, takeLease } from "./take-leases.js";

export type CreateResult =
  | { readonly kind: "created"; readonly claim: ClaimRow | null }
  | { readonly kind: "idTaken"; readonly runId: string }
  | { readonly kind: "existing"; readonly runId: string; readonly isSameUse: boolean }
  | Exclude<Deduped, { readonly kind: "free" }>;

/** With the same effect and answers as one after the other. */
export function createRuns(
  ctx: SqlContext,
  lot: readonly (readonly [create: RunCreate])[],
  dedupe: Dedupe = () => NO_KEY,
): CreateResult[] {
  const creates = lot.map(([create]) => create);
  const results: CreateResult[] = [];
  for (let at = 0; at < creates.length; ) {
    // One that names an id or a key of another in the lot is judged once that one is a row.
    const end = isDeduped(creates[at]) ? at + 1 : endOfDistinct(creates, at);
    results.push(...createDistinct(ctx, creates.slice(at, end), dedupe));
    at = end;
  }
  return results;
}

/** What becomes of a start with a dedupe key. */
type Dedupe = (ctx: SqlContext, create: RunCreate, workflowK: number) => Deduped;

/** Its key is asked for when all before it are rows. */
const isDeduped = (create: RunCreate | undefined) => create?.dedupe !== undefined && create.dedupe !== null;

function endOfDistinct(creates: readonly RunCreate[], start: number): number {
  const names = new Set<string>();
  for (let at = start; at < creates.length; at++) {
    const { id, workflow, owner, idempotencyKey } = creates[at] as RunCreate;
    const own = [`id ${id.toLowerCase()}`];
    if (idempotencyKey !== null) own.push(`key ${JSON.stringify([workflow, owner ?? "", idempotencyKey])}`);
    if (own.some((name) => names.has(name)) || isDeduped(creates[at])) return at;
    for (const name of own) names.add(name);
  }
  return creates.length;
}

function createDistinct(ctx: SqlContext, creates: readonly RunCreate[], dedupe: Dedupe): CreateResult[] {
  const taken = findTaken(ctx, creates);
  const made: NewRun[] = [];
  const results = creates.map((create, place): CreateResult => {
    const workflowK = workflowKey(ctx, create.workflow);
    const existing = findExisting(ctx, create, workflowK);
    if (existing !== null) return existing;
    const runId = taken.get(create.id.toLowerCase());
    if (runId !== undefined) return { kind: "idTaken", runId };
    const key = isDeduped(create) ? dedupe(ctx, create, workflowK) : NO_KEY;
    if (key.kind !== "free") {
      if (key.kind === "replaced") auditCreated(ctx, key.runId, create.audit);
      return key;
    }
    made.push({ create, workflowK, runK: 0, place, key });
    return { kind: "created", claim: null };
  });
  insertRuns(ctx, made);
  for (const { create, runK, place, key } of made) {
    copyRecords(ctx, create, runK);
    if (isDeduped(create)) takeKey(ctx, create, runK, key);
    if (create.claim !== null && mayStart(create, key)) {
      results[place] = { kind: "created", claim: claimNew(ctx, create.id, runK, create.claim) };
    }
    auditCreated(ctx, create.id, create.audit);
  }
  return results;
}

/** The runs that have these ids, or ones that differ from them in upper and lower case alone: their folders may be one. */
function findTaken(ctx: SqlContext, creates: readonly RunCreate[]): ReadonlyMap<string, string> {
  const ids = creates.map(({ id }) => id);
  const lower = ids.map((id) => id.toLowerCase());
  const found = ctx.all<{ run_id: string }>(
    `SELECT run_id FROM run WHERE run_id IN (SELECT value FROM json_each(?1))
     UNION ALL SELECT run_id FROM run WHERE lower(run_id) IN (SELECT value FROM json_each(?2)) AND run_id <> lower(run_id)`,
    JSON.stringify([...new Set([...ids, ...lower])]),
    JSON.stringify(lower),
  );
  return new Map(found.map(({ run_id: runId }) => [runId.toLowerCase(), runId]));
}

function findExisting(ctx: SqlContext, create: RunCreate, workflowK: number): CreateResult | null {
  if (create.idempotencyKey === null) return null;
  const existing = ctx.get<{ run_id: string; idempotency_hash: string | null }>(
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

type Free = Extract<Deduped, { readonly kind: "free" }>;
const NO_KEY: Free = { kind: "free", after: null, quiet: null };

/** At once. */
const mayStart = (create: RunCreate, { after, quiet }: Free) =>
  startOf(create).due === null && after === null && quiet === null;

/** The row is its key's. What waits for the end of another run has no instant. */
function takeKey(ctx: SqlContext, { owner, dedupe: terms }: RunCreate, runK: number, { after, quiet }: Free): void {
  if (terms === undefined || terms === null) return;
  ctx.run("UPDATE run SET dedupe_key = ? WHERE run_k = ?", terms.key, runK);
  ctx.run(
    `UPDATE run_live SET dedupe = ?, is_successor = ?, not_before = coalesce(?, not_before), quiet_until = ?,
                         wake_at = CASE WHEN ?2 = 1 THEN NULL ELSE wake_at END WHERE run_k = ?`,
    ...[scopeOf(owner, terms.key), after === null ? 0 : 1, quiet?.notBefore ?? null, quiet?.until ?? null, runK],
  );
  if (after === null && quiet !== null) {
    keysOn(ctx).queueHeld(runK, ctx.dueMs() + Math.max(0, quiet.notBefore - ctx.steadyMs()));
  }
}

interface NewRun {
  readonly create: RunCreate;
  readonly key: Free;
  readonly workflowK: number;
  /** Given by `insertRuns`. */
  runK: number;
  /** In the lot. */
  readonly place: number;
}

/** Never the number of a removed run of which rows are left: they would be the new run's. */
const NEXT_NUMBER_SQL = `
  SELECT 1 + max(coalesce((SELECT max(run_k) FROM run), 0), coalesce((SELECT max(run_k) FROM purge), 0)) AS next`;

const runSql = (count: number) => `
  INSERT INTO run (run_k, run_id, workflow_k, definition_k, owner, idempotency_key, idempotency_hash, input, given, secrets,
                   forked_run_id, forked_stage, created_at, priority, tags) VALUES ${placeholders(15, count)}`;
const liveSql = (count: number) => `
  INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, boot_k, progress_at, stall_ms, next_seq, through, updated_at,
                        priority, rank, not_before)
  SELECT column1, column2, 0, column8, 0, column4, column5, column6, 2, column7, column3, column9, ${PRIORITY_MAX} - column9, column10
    FROM (VALUES ${placeholders(10, count)})`;
const RUN_SQL = { one: runSql(1), many: runSql(ROWS_AT_ONCE) };
const LIVE_SQL = { one: liveSql(1), many: liveSql(ROWS_AT_ONCE) };

function insertRuns(ctx: SqlContext, made: readonly NewRun[]): void {
  if (made.length === 0) return;
  const now = ctx.wallMs;
  ctx.dueMs(); // notes the wall clock, in case it is set back before any worker looks
  const firstK = ctx.get<{ next: number }>(NEXT_NUMBER_SQL)?.next as number;
  for (const [place, run] of made.entries()) run.runK = firstK + place;
  writeInBatches(ctx, RUN_SQL, made, (values: SqlValue[], { create, workflowK, runK }) => {
    const definitionK = definitionKey(ctx, workflowK, create.version, create.stages, JSON.stringify(create.policy));
    values.push(runK, create.id, workflowK, definitionK, create.owner);
    values.push(create.idempotencyKey, create.idempotencyHash ?? null);
    values.push(create.inputJson, create.givenJson, create.secretsJson ?? null);
    values.push(create.forkedFrom?.runId ?? null, create.forkedFrom?.stage ?? null, now);
    const { priority, tags } = startOf(create);
    values.push(priority, tags.length === 0 ? null : JSON.stringify(tags));
  });
  for (const { create, runK } of made) fillTags(ctx, runK, startOf(create).tags);
  fillRuns(ctx, firstK, new Set(made.map(({ workflowK }) => workflowK)));
  const bootK = bootKey(ctx);
  writeInBatches(ctx, LIVE_SQL, made, (values: SqlValue[], { create, workflowK, runK }) => {
    const { due, priority } = startOf(create);
    const { wakeAt, notBefore } = dueOf(ctx, due);
    values.push(runK, workflowK, now, bootK, ctx.monotonicMs + Math.max(0, wakeAt - now));
    values.push(create.policy.stallAfterMs, create.through, wakeAt, priority, notBefore);
  });
  insertEvents(
    ctx,
    made.map(({ create, runK }) => [runK, 1, "run.created", null, createdBody(create)]),
  );
  for (const { create, runK } of made) ctx.rememberRun(create.id, runK);
}

const startOf = ({ start = START_TERMS }: RunCreate): StartTerms => start;

/** A duration counts on the clock that no jump moves, which the claim asks again once `wakeAt` has come. */
function dueOf(
  ctx: SqlContext,
  due: StartTerms["due"],
): { readonly wakeAt: number; readonly notBefore: number | null } {
  if (due === null) return { wakeAt: ctx.wallMs, notBefore: null };
  if (due.kind === "at") return { wakeAt: due.atMs, notBefore: null };
  return { wakeAt: Math.ceil(ctx.dueMs() + due.ms), notBefore: Math.ceil(ctx.steadyMs() + due.ms) };
}

function createdBody({ workflow, version, owner, forkedFrom: from, parent, schedule }: RunCreate): string {
  const forkedFrom = from === null ? undefined : { runId: from.runId, stage: from.stage };
  return JSON.stringify({ workflow, version, owner, forkedFrom, parent: parent ?? undefined, schedule });
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
function copyRecords(ctx: SqlContext, { forkedFrom }: RunCreate, runK: number): void {
  if (forkedFrom === null || forkedFrom.keeps.length === 0) return;
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
  // What they waited for is shown with them.
  const copyWaits = ctx.prepare(
    `INSERT INTO wait (run_k, stage, attempt, generation, start_seq, holder_k, kind, opened_at, due_at, is_wall, state, closed_at,
                       subject, question, answer)
     SELECT ?, w.stage, w.attempt, 1, w.start_seq - 4294967296, w.holder_k, w.kind, w.opened_at, w.due_at, w.is_wall, w.state, w.closed_at,
            w.subject, w.question, w.answer
       FROM run r LEFT JOIN run_live l USING (run_k) JOIN wait w USING (run_k)
      WHERE r.run_id = ? AND w.generation = coalesce(l.generation, r.generation) AND w.stage = ? AND w.state = ${SETTLED}`,
  );
  for (const stage of forkedFrom.keeps) {
    copyWaits.run(runK, forkedFrom.runId, stage);
    copiedCount += Number(copy.run(runK, forkedFrom.runId, stage).changes);
    copyUses.run(runK, forkedFrom.runId, stage);
  }
  ctx.run(
    "UPDATE run_live SET stages_done = ?, has_record = ? WHERE run_k = ?",
    copiedCount,
    copiedCount > 0 ? 1 : 0,
    runK,
  );
}
