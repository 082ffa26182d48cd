/**
 * Who has to answer for the death of a process. A run that was alone in it is charged a recovery; of several none is. Each of
 * them counts the death all the same (`deaths`), so that it may be executed alone and the next death has one author.
 */
import { DEATHS_UNCHARGED_MAX } from "@holdfast/core";
import type { LiveRow } from "./live.js";
import { type Sql, type Steps, wait } from "./steps.js";

/** Running runs that the process of this one holds beside it: under any of the names that its workers have. */
const COMPANY = `phase = 1 AND run_k <> ?1 AND holder_k IN (
  SELECT o.holder_k FROM holder h JOIN holder o USING (host, pid, boot_id, pid_namespace, process_start)
   WHERE h.holder_k = ?2)`;

/** Whether the run has to answer for the death or silence of its process. Reads only: the decision may still be refused. */
export function* hasToAnswer(sql: Sql, live: LiveRow): Steps<boolean> {
  if (live.deaths >= DEATHS_UNCHARGED_MAX) return true;
  if (live.in_company === 1) return false;
  const other = yield* wait(sql.get(`SELECT 1 FROM run_live WHERE ${COMPANY} LIMIT 1`, live.run_k, live.holder_k));
  return other === undefined;
}

/**
 * The run is taken from a process that is dead or silent. The runs beside it are told that they were not alone, since the last
 * of them is when it is recovered. That this one was told before does not mean that the others were: a process that fell
 * silent and came back may have taken more runs since.
 */
export function* leaveCompany(sql: Sql, live: LiveRow): Steps<void> {
  yield* wait(
    sql.run(`UPDATE run_live SET in_company = 1 WHERE in_company = 0 AND ${COMPANY}`, live.run_k, live.holder_k),
  );
}

/** Recoveries are counted in a row: an outcome since the last death has begun the count anew. */
export function countDeath(live: LiveRow, isCharged: boolean): void {
  live.recoveries = (live.deaths > 0 ? live.recoveries : 0) + (isCharged ? 1 : 0);
  live.deaths += 1;
}
