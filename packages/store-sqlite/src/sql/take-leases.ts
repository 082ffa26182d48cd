/** Making runs running under a new lease: the next token, a fresh nonce, the event. Many at once, in a few statements. */
import type { ClaimTerms } from "@holdfast/core";
import type { LiveRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { HotRun } from "../hot.js";
import { insertEvents } from "./events.js";
import { interruptAttempts, RUNNING } from "./live.js";
import { bootKey, holderKey } from "./names.js";
import { FROM_RUN, RUN_JSON } from "./run-row.js";

/** A claim as it is sent to the caller's thread. */
export interface ClaimRow {
  /** The run, by `RUN_JSON`. */
  readonly run: string;
  readonly token: number;
  readonly nonce: string;
  readonly isReopening: boolean;
}

interface TakenRow
  extends Pick<HotRun, "runK" | "token" | "nonce" | "generation" | "nextSeq" | "stagesDone" | "isBound"> {
  readonly workflowK: number;
  readonly hasRecord: number;
  readonly hasProgressed: number;
  readonly isReopening: number;
  readonly deaths: number;
  readonly label: string | null;
}

const TAKE_SQL = `
  UPDATE run_live
     SET phase = 1, wake_at = NULL, reason = NULL, token = token + 1, nonce = n.value ->> 1, holder_k = ?2, boot_k = ?3,
         since = ?4, lease_ms = ?5, beat_at = ?6, progress_at = ?6, wish = NULL, wish_reason = NULL,
         next_seq = next_seq + 1, in_company = 0, open_attempts = 0, started_at = coalesce(started_at, ?4), updated_at = ?4
    FROM json_each(?1) n
   WHERE run_k = n.value ->> 0
  RETURNING run_k AS runK, workflow_k AS workflowK, token, nonce, generation, next_seq AS nextSeq, stages_done AS stagesDone,
            has_record AS hasRecord, has_progressed AS hasProgressed, is_reopening AS isReopening, deaths, label,
            dedupe IS NOT NULL AS isBound`;

const READ_SQL = `
  SELECT r.run_k AS runK, r.run_id AS runId, ${RUN_JSON} AS run ${FROM_RUN}
   WHERE r.run_k IN (SELECT value FROM json_each(?))`;

/**
 * Takes the leases of these runs, in their order. The caller has made sure that each is queued, or that its lease may be
 * taken and what it left open has been ended.
 */
export function takeLeases(ctx: SqlContext, runKs: readonly number[], terms: ClaimTerms): ClaimRow[] {
  if (runKs.length === 0) return [];
  const { holder, leaseMs } = terms;
  const holderK = holderKey(ctx, holder);
  const rows = ctx.all<TakenRow>(
    TAKE_SQL,
    JSON.stringify(runKs.map((runK) => [runK, ctx.newNonce()])),
    holderK,
    bootKey(ctx),
    ctx.wallMs,
    Math.round(leaseMs),
    ctx.monotonicMs,
  );
  const taken = new Map(rows.map((row) => [row.runK, row]));
  insertEvents(
    ctx,
    rows.map(({ runK, nextSeq, token }) => {
      const body = JSON.stringify({ holder: holder.name, host: holder.host, pid: holder.pid, token });
      return [runK, nextSeq - 1, "run.claimed", null, body];
    }),
  );
  takeCodes(ctx, rows, terms.codes);
  const runs = new Map<number, string>();
  for (const { runK, runId, run } of ctx.all<{ runK: number; runId: string; run: string }>(
    READ_SQL,
    JSON.stringify(runKs),
  )) {
    runs.set(runK, run);
    // Its id may have been another run's, deleted by another process.
    ctx.rememberRun(runId, runK);
  }
  return runKs.map((runK) => {
    const row = taken.get(runK);
    const run = runs.get(runK);
    if (row === undefined || run === undefined) throw new Error(`Run number ${runK} has no row.`);
    const { token, nonce } = row;
    ctx.hot.remember(hotOf(ctx, row, holderK));
    return { run, token, nonce: nonce as string, isReopening: row.isReopening === 1 };
  });
}

/** Takes the lease of a run whose live row a move has changed in memory: `live` as it is to be, the event numbers taken. */
export function takeLease(ctx: SqlContext, live: LiveRow, terms: ClaimTerms): ClaimRow {
  if (live.phase === RUNNING) interruptAttempts(ctx, live);
  ctx.run(
    `UPDATE run_live SET next_seq = ?, is_reopening = ?, through = ?, recoveries = ?, deaths = ?, retries = ?,
                         has_progressed = ?, directive = ? WHERE run_k = ?`,
    live.next_seq,
    live.is_reopening,
    live.through,
    live.recoveries,
    live.deaths,
    live.retries,
    live.has_progressed,
    live.directive,
    live.run_k,
  );
  const [claim] = takeLeases(ctx, [live.run_k], terms);
  return claim as ClaimRow;
}

/** What fenced writes ask of the run, as the claim has just written it. */
function hotOf(ctx: SqlContext, row: TakenRow, holderK: number): HotRun {
  const { monotonicMs: beatAt, wallMs: updatedAt } = ctx;
  const {
    runK,
    token,
    nonce,
    generation,
    nextSeq,
    stagesDone,
    hasRecord,
    hasProgressed,
    isReopening,
    deaths,
    label,
    isBound,
  } = row;
  return {
    runK,
    phase: RUNNING,
    token,
    nonce,
    wish: null,
    generation,
    holderK,
    nextSeq,
    beatAt,
    progressAt: beatAt,
    updatedAt,
    openAttempts: 0,
    stagesDone,
    hasRecord,
    hasProgressed,
    isReopening,
    deaths,
    label,
    isBound,
    isDirty: false,
  };
}

/** Where nothing was recorded, nothing depends on earlier code: what executes the run from now on is its code. */
function takeCodes(ctx: SqlContext, rows: readonly TakenRow[], codes: ClaimTerms["codes"]): void {
  if (codes === undefined) return;
  for (const workflowK of new Set(rows.map((row) => row.workflowK))) {
    const { name } = ctx.get<{ name: string }>("SELECT name FROM workflow WHERE workflow_k = ?", workflowK) as {
      name: string;
    };
    const code = Object.hasOwn(codes, name) ? codes[name] : undefined;
    if (code === undefined) continue;
    for (const hasRecord of [0, 1]) {
      const of = rows.filter((row) => row.workflowK === workflowK && row.hasRecord === hasRecord);
      if (of.length === 0) continue;
      ctx.run(
        `UPDATE run SET code = ?1 WHERE run_k IN (SELECT value FROM json_each(?2))
            AND ${hasRecord === 0 ? "code IS NOT ?1" : "code IS NULL"}`,
        code,
        JSON.stringify(of.map((row) => row.runK)),
      );
    }
  }
}
