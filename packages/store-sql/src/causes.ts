/**
 * Causes of failures. A fingerprint is recorded with each failed item and each failed run. `run_cause` lists the runs that had a
 * failure of a cause at some time. An item that succeeded later, or a run that was tried again, leaves its row there, so every
 * candidate is checked against its current records, each check a few steps in an index.
 */
import { createHash } from "node:crypto";
import { causeOfItem, causeOfRun, type ItemResultWrite } from "@holdfast/core";
import { type Sql, type Steps, wait } from "./steps.js";

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
export const runCause = (status: string | null, errorJson: string | null): string | null =>
  status === "failed" ? causeOfRun(errorJson, sha256) : null;

/** Whether run number `runK` has a failure of a cause now. Takes the cause three times. */
export const hasCause = (join: "JOIN" | "CROSS JOIN", runK: string): string =>
  `(EXISTS (SELECT 1 FROM run_cause h WHERE h.cause = ? AND h.run_k = ${runK})
    AND EXISTS (SELECT 1 FROM run c LEFT JOIN run_live cl ON cl.run_k = c.run_k
                 WHERE c.run_k = ${runK}
                   AND ((c.final_status = 'failed' AND c.cause = ?)
                     OR EXISTS (SELECT 1 FROM map m ${join} item_result i ON i.map_k = m.map_k
                                 WHERE m.run_k = c.run_k AND m.generation = coalesce(cl.generation, c.generation)
                                   AND i.cause = ?))))`;

/** Notes that the run had failures of these causes. */
export function* noteCauses(sql: Pick<Sql, "run">, runK: number, causes: Iterable<string>): Steps<void> {
  for (const cause of new Set(causes)) {
    yield* wait(sql.run("INSERT INTO run_cause (cause, run_k) VALUES (?, ?) ON CONFLICT DO NOTHING", cause, runK));
  }
}

/** An erasure changed records of the run: what is left of its causes is what its records say now. */
export function* refillCauses(sql: Sql, runK: number): Steps<void> {
  const run = yield* wait(
    sql.get<{ final_status: string | null; error: string | null }>(
      "SELECT final_status, error FROM run WHERE run_k = ?",
      runK,
    ),
  );
  const cause = runCause(run?.final_status ?? null, run?.error ?? null);
  yield* wait(sql.run("UPDATE run SET cause = ? WHERE run_k = ?", cause, runK));
  yield* wait(
    sql.run(
      `DELETE FROM run_cause WHERE run_k = ?1
        AND NOT EXISTS (SELECT 1 FROM map m JOIN item_result i ON i.map_k = m.map_k
                         WHERE m.run_k = ?1 AND i.cause = run_cause.cause)`,
      runK,
    ),
  );
  if (cause !== null) yield* noteCauses(sql, runK, [cause]);
}
