/** How many runs there are and what was done about them, and whether the store takes writes. */
import type { SqlContext } from "../context.js";

export interface CountsRow {
  readonly queued: number;
  readonly running: number;
  readonly paused: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly supervised: { readonly recovered: number; readonly failed: number };
}

/** Over the few live rows, and over a range of the narrow index of finished ones. */
export function countRuns(ctx: SqlContext, args: readonly [windowMs: number, owner: string | null]): CountsRow {
  const [windowMs, owner] = args;
  const byOwner = owner === null ? [] : [owner];
  const active = ctx.get<Pick<CountsRow, "queued" | "running" | "paused">>(
    `SELECT coalesce(sum(l.phase = 0), 0) AS queued, coalesce(sum(l.phase = 1), 0) AS running,
            coalesce(sum(l.phase = 2), 0) AS paused
       FROM run_live l ${owner === null ? "" : "CROSS JOIN run r USING (run_k) WHERE r.owner = ?"}`,
    ...byOwner,
  );
  const countEnded = (status: string) =>
    ctx.get<{ runs: number }>(
      `SELECT count(*) AS runs FROM run INDEXED BY run_finished
        WHERE workflow_k IN (SELECT workflow_k FROM workflow) AND final_status = ? AND finished_at > ?
          ${owner === null ? "" : "AND owner = ?"}`,
      status,
      ctx.wallMs - windowMs,
      ...byOwner,
    )?.runs ?? 0;
  const recent = {
    completed: countEnded("completed"),
    failed: countEnded("failed"),
    cancelled: countEnded("cancelled"),
  };
  const supervised = { recovered: 0, failed: 0 };
  for (const { outcome, runs } of ctx.all<{ outcome: keyof typeof supervised; runs: number }>(
    "SELECT outcome, runs FROM supervised_count",
  )) {
    supervised[outcome] = runs;
  }
  return { ...(active ?? { queued: 0, running: 0, paused: 0 }), ...recent, supervised };
}

export function countSupervised(ctx: SqlContext, outcome: "recovered" | "failed"): void {
  ctx.run("UPDATE supervised_count SET runs = runs + 1 WHERE outcome = ?", outcome);
}

/** A page is taken and given back, so a full disk or file refuses it; nothing is left of it. */
export function probe(ctx: SqlContext, _: readonly []): null {
  ctx.run("INSERT INTO probe (filler) VALUES (zeroblob(8192))");
  ctx.run("DELETE FROM probe");
  return null;
}
