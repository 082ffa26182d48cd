/**
 * How runs of a cause are found. An item that succeeded later, or a run that was tried again, leaves its row in `run_cause`, so every
 * candidate is checked against its current records, each check a few steps in an index.
 */
import type { Statements } from "../driver.js";
import { noteCauses, runCause } from "../fingerprints.js";

/** Whether run number `runK` has a failure of a cause now. Takes the cause twice. */
export const hasCause = (runK: string): string =>
  `EXISTS (SELECT 1 FROM run c LEFT JOIN run_live cl ON cl.run_k = c.run_k
            WHERE c.run_k = ${runK}
              AND ((c.final_status = 'failed' AND c.cause = ?)
                OR EXISTS (SELECT 1 FROM map m CROSS JOIN item_result i ON i.map_k = m.map_k
                            WHERE m.run_k = c.run_k AND m.generation = coalesce(cl.generation, c.generation) AND i.cause = ?)))`;

/** An erasure changed records of the run: what is left of its causes is what its records say now. */
export function refillCauses(ctx: Statements, runK: number): void {
  const run = ctx.get<{ final_status: string | null; error: string | null }>(
    "SELECT final_status, error FROM run WHERE run_k = ?",
    runK,
  );
  const cause = runCause(run?.final_status ?? "", run?.error ?? null);
  ctx.run("UPDATE run SET cause = ? WHERE run_k = ?", cause, runK);
  ctx.run(
    `DELETE FROM run_cause WHERE run_k = ?1 AND cause IS NOT (SELECT cause FROM run WHERE run_k = ?1)
        AND NOT EXISTS (SELECT 1 FROM map m CROSS JOIN item_result i ON i.map_k = m.map_k
                         WHERE m.run_k = ?1 AND i.cause = run_cause.cause)`,
    runK,
  );
  if (cause !== null) noteCauses(ctx, runK, [cause]);
}
