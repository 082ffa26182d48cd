/** How many statements the results of a map cost; what they write is in the contract suite. */
import { type ItemResultWrite, NO_COST } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import type { SqlContext } from "../context.js";
import { recordResults } from "./item-rows.js";

const result = (at: number, attempt = 1) =>
  ({
    ...{ index: at, key: `k${at}`, attempt, outcome: "ok", category: null, itemSha256: null, cost: NO_COST, ms: 1 },
    ...{ usageJson: null, errorJson: null, outputJson: "1" },
  }) as ItemResultWrite;

function record(results: readonly ItemResultWrite[]) {
  const statements: { placeholders: number; values: number }[] = [];
  let reads = 0;
  const ctx = {
    run: (sql: string, ...values: unknown[]) => {
      statements.push({ placeholders: sql.split("?").length - 1, values: values.length });
      return 1;
    },
    get: () => {
      reads++;
      return { cost_nanos: 0, unpriced_calls: 0, unpriced_tokens: 0, first_error: null };
    },
  } as unknown as SqlContext;
  const change = { ok: 0, error: 0, cost: NO_COST };
  const map = { map_k: 1, config_k: 1, causes: new Map() };
  recordResults(ctx, map as never, results, 1_000, change as never);
  return { statements, reads, ok: change.ok };
}

describe("statements the results of maps cost", () => {
  test("sixteen first results cost one statement, with a value for each of its places", () => {
    const { statements, reads, ok } = record(Array.from({ length: 16 }, (_, at) => result(at)));
    expect([statements.length, reads, ok]).toEqual([1, 0, 16]);
    expect(statements[0]?.values).toBe(statements[0]?.placeholders);
  });

  test("what is left over, and later attempts, are written one by one; only later attempts look for earlier ones", () => {
    const few = record([result(0), result(1)]);
    expect([few.statements.length, few.reads]).toEqual([2, 0]);
    const mixed = record(Array.from({ length: 16 }, (_, at) => result(at, at === 9 ? 2 : 1)));
    expect([mixed.statements.length, mixed.reads, mixed.ok]).toEqual([16, 1, 16]);
  });
});
