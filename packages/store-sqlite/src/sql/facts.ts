/** What the store says of itself: counts, versions, and SQLite's own check. */
import type { RunStatus } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { checkFile } from "./check-file.js";
import { findOrphans } from "./orphans.js";

export interface FactsRow {
  readonly engineVersion: string;
  readonly schemaVersion: number;
  readonly sizeBytes: number;
  readonly synchronous: number;
  readonly runCounts: Record<RunStatus, number>;
  readonly problems: readonly string[];
}

export function readFacts(ctx: SqlContext, options: { readonly check?: boolean | undefined }): FactsRow {
  const problems = options.check ? checkAll(ctx) : [];
  // What cannot be trusted is not counted: the tables may not be there.
  const runCounts = problems.length > 0 ? NO_RUNS : countRuns(ctx);
  const pragma = (name: string) =>
    Number(Object.values(ctx.get<Record<string, number>>(`PRAGMA ${name}`) ?? { none: 0 })[0]);
  return {
    engineVersion: ctx.get<{ version: string }>("SELECT sqlite_version() AS version")?.version ?? "",
    schemaVersion: pragma("user_version"),
    sizeBytes: pragma("page_count") * pragma("page_size"),
    synchronous: pragma("synchronous"),
    runCounts,
    problems,
  };
}

/** Orphans are looked for in a sound file alone. A backup does not ask for them: it is worth having with them, too. */
function checkAll({ db }: SqlContext): readonly string[] {
  const damage = checkFile(db);
  return damage.length > 0 ? damage : findOrphans(db);
}

/** As JSON text; null in a file of an earlier version. */
export function getDefault(ctx: SqlContext, name: string): string | null {
  return ctx.get<{ json: string }>("SELECT json FROM store_default WHERE name = ?", name)?.json ?? null;
}

const NO_RUNS = { queued: 0, running: 0, waiting: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };

function countRuns(ctx: SqlContext): Record<RunStatus, number> {
  const live = ctx.get<{ queued: number; running: number; waiting: number; paused: number }>(
    `SELECT (SELECT count(*) FROM run_live WHERE phase = 0) AS queued,
            (SELECT count(*) FROM run_live WHERE phase = 1) AS running,
            (SELECT count(*) FROM run_live WHERE phase = 3) AS waiting,
            (SELECT count(*) FROM run_live WHERE phase = 2) AS paused`,
  ) ?? { queued: 0, running: 0, waiting: 0, paused: 0 };
  const finished = ctx.all<{ status: RunStatus; runs: number }>("SELECT status, runs FROM run_count");
  const runCounts = { ...live, completed: 0, failed: 0, cancelled: 0 };
  for (const { status, runs } of finished) runCounts[status] = runs;
  return runCounts;
}
