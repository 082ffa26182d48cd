// What a year's results depend on, as hashes. A year's key includes the previous year's, so equal keys mean equal
// results.
import { createHash } from "node:crypto";
import type { Scenario } from "../config/year-parameters.js";

/** Incremented when code that affects results changes: the helpers of the models, the facts, the digests. */
const EXECUTOR_VERSION = 2;

export interface RunIdentity {
  readonly runId: string;
  readonly scenario: Scenario;
  readonly modelsHash: string;
  /** SHA-256 over the people, ordered by ID. */
  readonly censusDigest: string;
  readonly censusCount: number;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** `engine` is DuckDB's version, since its hashes and rounding are part of a result. */
export function yearKey(of: Omit<RunIdentity, "runId">, engine: string, year: number, before: string | null): string {
  const { scenario, modelsHash, censusDigest } = of;
  const own = { executor: EXECUTOR_VERSION, engine, scenario, modelsHash, censusDigest, year, before };
  return sha256(JSON.stringify(own));
}

/** Keys of consecutive years, starting with the first. */
export function yearKeys(
  of: Omit<RunIdentity, "runId">,
  engine: string,
  years: readonly number[],
): Map<number, string> {
  const keys = new Map<number, string>();
  let before: string | null = null;
  for (const year of years) {
    before = yearKey(of, engine, year, before);
    keys.set(year, before);
  }
  return keys;
}
