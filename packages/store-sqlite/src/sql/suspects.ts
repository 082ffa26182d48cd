/**
 * Who has to answer for the death of a process. A run that was alone in it is charged a recovery; of several none is. Each of
 * them counts the death all the same (`deaths`), so that it may be executed alone and the next death has one author.
 */
import { DEATHS_UNCHARGED_MAX } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import type { LiveRow } from "./live.js";

/**
 * The run is taken from a process that is dead or silent. Whether it has to answer for that; the runs beside it are told that
 * they were not alone, since the last of them is when it is recovered.
 */
export function leaveCompany(ctx: SqlContext, live: LiveRow): { readonly wasAlone: boolean } {
  const isChargedAnyway = live.deaths >= DEATHS_UNCHARGED_MAX;
  // Told already, and so are the others.
  if (live.in_company === 1) return { wasAlone: isChargedAnyway };
  const others = ctx
    .prepare(
      `UPDATE run_live SET in_company = 1
        WHERE phase = 1 AND run_k <> ?1 AND holder_k IN (
          SELECT o.holder_k FROM holder h JOIN holder o USING (host, pid, boot_id, pid_namespace, process_start)
           WHERE h.holder_k = ?2)`,
    )
    .run(live.run_k, live.holder_k);
  return { wasAlone: isChargedAnyway || Number(others.changes) === 0 };
}

/** Recoveries are counted in a row: an outcome since the last death has begun the count anew. */
export function countDeath(live: LiveRow, isCharged: boolean): void {
  live.recoveries = (live.deaths > 0 ? live.recoveries : 0) + (isCharged ? 1 : 0);
  live.deaths += 1;
}
