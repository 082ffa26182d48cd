/** How runs look to those who follow them, in as few columns as tell one state from the next. Heartbeats do not show. */
import type { SqlContext } from "../context.js";

export interface ChangeState {
  readonly head: number;
  /** Status, wish, progress: compared, never read. */
  readonly look: string;
}

const SQL = `
  SELECT r.run_id AS "runId", coalesce(l.next_seq - 1, r.head) AS head,
         json_build_array(coalesce(l.phase::text, r.final_status), l.wish, l.wake_at, l.stages_done, l.items_done, l.items_total,
                    l.items_failed, l.eta_low_at, l.label,
                    (SELECT max(p.at) FROM published p WHERE p.run_k = r.run_k))::text AS look
    FROM run r LEFT JOIN run_live l USING (run_k)
   WHERE r.run_id = ANY(?::text[])`;

export async function listChangeStates(
  ctx: SqlContext,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, ChangeState>> {
  const rows = await ctx.all<ChangeState & { readonly runId: string }>(SQL, runIds);
  return new Map(rows.map((row) => [row.runId, row]));
}
