/** Writing the tables anew, so that nothing that was removed is left in the server's files. */
import type { CompactOutcome, RunId } from "@holdfast/core";
import { isRowExpired } from "@holdfast/store-sql";
import type { Database } from "./database.js";
import { sizeOf } from "./sql/facts.js";
import { RUNNING } from "./sql/fence.js";
import { instantAt } from "./sql/lease-rules.js";

const HELD_TOLD_MAX = 20;

interface HeldRow {
  readonly run_id: RunId;
  readonly lease_ms: number;
  readonly stall_ms: number;
  readonly beat_at: number;
}

/** Refused while a lease lives: each table is locked while it is written. */
export async function compact(db: Database): Promise<CompactOutcome> {
  const held = await db.read(async (ctx) => {
    const rows = await ctx.all<HeldRow>(
      `SELECT r.run_id, l.lease_ms, l.stall_ms, l.beat_at FROM run_live l JOIN run r USING (run_k)
        WHERE l.phase = ${RUNNING} ORDER BY l.run_k`,
    );
    return rows.filter((row) => !isRowExpired(row, instantAt(ctx.wallMs))).map(({ run_id }) => run_id);
  });
  if (held.length > 0) return { kind: "held", runs: held.slice(0, HELD_TOLD_MAX) };
  const beforeBytes = await db.read(sizeOf);
  await db.outsideTransaction(async (query) => {
    const { rows } = await query(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1",
    );
    for (const { name } of rows as { name: string }[]) await query(`VACUUM (FULL, ANALYZE) ${name}`);
  });
  return { kind: "compacted", beforeBytes, afterBytes: await db.read(sizeOf), isLogEmpty: true };
}
