/**
 * Fingerprints of failures, as they are recorded with each failed item and each failed run. `run_cause` lists the runs that had a
 * failure of a cause at some time.
 */
import { createHash } from "node:crypto";
import { causeOfItem, causeOfRun, type ItemResultWrite } from "@holdfast/core";
import type { Statements } from "./driver.js";

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
