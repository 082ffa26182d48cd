/**
 * Fingerprints of failures: recorded with each failed item and each failed run, and how runs of a cause are found.
 *
 * `run_cause` lists the runs that had a failure of a cause at some time. An item that succeeded later, or a run that was tried
 * again, leaves its row there, so every candidate is checked against its current records, each check a few steps in an index.
 */
import { createHash } from "node:crypto";
import { causeOfItem, causeOfRun, type ItemResultWrite } from "@holdfast/core";
import type { Statements } from "../driver.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Fingerprint of an item's failure. */
export function itemCause(stage: string, failed: Pick<ItemResultWrite, "category" | "errorJson">): string {
  return causeOfItem({ stage, category: failed.category, errorJson: failed.errorJson }, sha256);
}

/** Fingerprints of those of the results that are failures. */
export function causesOf(stage: string, results: readonly ItemResultWrite[]): ReadonlyMap<ItemResultWrite, string> {
  const failed = results.filter(({ outcome }) => outcome === "error");
  return new Map(failed.map((result) => [result, itemCause(stage, result)]));
}

/** Null for a run that did not fail. */
export const runCause = (status: string, errorJson: string | null): string | null =>
  status === "failed" ? causeOfRun(errorJson, sha256) : null;

/** Notes that the run had failures of these causes. */
export function noteCauses(ctx: Pick<Statements, "run">, runK: number, causes: Iterable<string>): void {
  for (const cause of new Set(causes)) {
    ctx.run("INSERT OR IGNORE INTO run_cause (cause, run_k) VALUES (?, ?)", cause, runK);
  }
}

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
