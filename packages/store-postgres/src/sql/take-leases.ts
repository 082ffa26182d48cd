/** Making runs running under a new lease: the next token, a fresh nonce, the event. Many at once, in a few statements. */
import type { ClaimTerms } from "@holdfast/core";
import type { ClaimRow, LiveRow, RunRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { insertEvents } from "./events.js";
import { interruptAttempts, RUNNING } from "./live.js";
import { holderKey } from "./names.js";
import { FROM_RUN, RUN_COLUMNS } from "./run-row.js";

interface TakenRow {
  readonly run_k: number;
  readonly workflow_k: number;
  readonly token: number;
  readonly nonce: string;
  readonly next_seq: number;
  readonly has_record: number;
  readonly is_reopening: number;
}

/**
 * Takes the leases of these runs, in their order. The caller holds their live rows, and has made sure that each is queued, or
 * that its lease may be taken and what it left open has been ended.
 */
export async function takeLeases(ctx: SqlContext, runKs: readonly number[], terms: ClaimTerms): Promise<ClaimRow[]> {
  if (runKs.length === 0) return [];
  const { holder, leaseMs } = terms;
  const rows = await ctx.all<TakenRow>(
    `UPDATE run_live
        SET phase = 1, wake_at = NULL, reason = NULL, token = token + 1, nonce = n.nonce, holder_k = ?3,
            since = ?4, lease_ms = ?5, beat_at = ?4, progress_at = ?4, wish = NULL, wish_reason = NULL,
            next_seq = next_seq + 1, in_company = 0, open_attempts = 0, started_at = coalesce(started_at, ?4), updated_at = ?4
       FROM unnest(?1::bigint[], ?2::text[]) AS n(k, nonce)
      WHERE run_k = n.k
     RETURNING run_k, workflow_k, token, run_live.nonce, next_seq, has_record, is_reopening`,
    runKs,
    runKs.map(() => ctx.newNonce()),
    await holderKey(ctx, holder),
    ctx.wallMs,
    Math.round(leaseMs),
  );
  await insertEvents(
    ctx,
    rows.map(({ run_k, next_seq, token }) => {
      const body = JSON.stringify({ holder: holder.name, host: holder.host, pid: holder.pid, token });
      return { runK: run_k, seq: next_seq - 1, type: "run.claimed", stage: null, body };
    }),
  );
  await takeCodes(ctx, rows, terms.codes);
  const runs = await readClaimed(ctx, rows);
  const taken = new Map(rows.map((row) => [row.run_k, row]));
  return runKs.map((runK) => {
    const row = taken.get(runK);
    const run = runs.get(runK);
    if (row === undefined || run === undefined) throw new Error(`Run number ${runK} has no row.`);
    return { run, token: row.token, nonce: row.nonce, isReopening: row.is_reopening === 1 };
  });
}

/** Runs by their number, as a claim answers them. */
export async function readClaimed(
  ctx: SqlContext,
  rows: readonly { readonly run_k: number }[],
): Promise<ReadonlyMap<number, RunRow>> {
  const runKs = rows.map(({ run_k }) => run_k);
  const found = await ctx.all<RunRow>(`SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_k = ANY(?::bigint[])`, runKs);
  return new Map(found.map((row) => [row.run_k, row]));
}

/** Takes the lease of a run whose live row a move has changed in memory: `live` as it is to be, the event numbers taken. */
export async function takeLease(ctx: SqlContext, live: LiveRow, terms: ClaimTerms): Promise<ClaimRow> {
  if (live.phase === RUNNING) await interruptAttempts(ctx, live);
  await ctx.run(
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
  const [claim] = await takeLeases(ctx, [live.run_k], terms);
  return claim as ClaimRow;
}

/** Where nothing was recorded, nothing depends on earlier code: what executes the run from now on is its code. */
async function takeCodes(ctx: SqlContext, rows: readonly TakenRow[], codes: ClaimTerms["codes"]): Promise<void> {
  if (codes === undefined) return;
  for (const workflowK of new Set(rows.map((row) => row.workflow_k))) {
    const { name } = (await ctx.get<{ name: string }>("SELECT name FROM workflow WHERE workflow_k = ?", workflowK)) as {
      name: string;
    };
    const code = Object.hasOwn(codes, name) ? codes[name] : undefined;
    if (code === undefined) continue;
    for (const hasRecord of [0, 1]) {
      const of = rows.filter((row) => row.workflow_k === workflowK && row.has_record === hasRecord);
      if (of.length === 0) continue;
      await ctx.run(
        `UPDATE run SET code = ?1 WHERE run_k = ANY(?2::bigint[])
            AND ${hasRecord === 0 ? "code IS DISTINCT FROM ?1" : "code IS NULL"}`,
        code,
        of.map((row) => row.run_k),
      );
    }
  }
}
