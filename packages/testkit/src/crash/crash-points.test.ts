import { storeMethodsOf } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import type { StoreMethod } from "../faults/store-faults.js";
import { type CrashPoint, type FailurePoint, listCalls, runCrashing } from "./crash-points.js";
import { SCENARIOS } from "./scenarios.js";

const ports = {
  openStore: (given: Pick<Parameters<typeof openSqliteStore>[0], "clock" | "random">) =>
    openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", ...given }),
};

/** LONG=1 also tries every pair of crashes, which takes minutes instead of seconds. */
const isLong = process.env.LONG === "1";

const READS: ReadonlySet<string> = new Set(storeMethodsOf("read"));

/** A read changes nothing, so a crash after it equals a crash before it. */
function pointsOf(called: readonly StoreMethod[]): readonly CrashPoint[] {
  return called.flatMap((method, i): CrashPoint[] => {
    const before = { callNumber: i + 1, kind: "dieBefore" } as const;
    return READS.has(method) ? [before] : [before, { callNumber: i + 1, kind: "dieAfter" }];
  });
}

/** The writes of an execution. */
const WRITES = storeMethodsOf("fencedWrite", "executionWrite");

function failuresOf(called: readonly StoreMethod[]): readonly FailurePoint[] {
  return WRITES.flatMap((method) =>
    Array.from({ length: called.filter((one) => one === method).length }, (_, i) => i + 1).flatMap((callNumber) => [
      { callNumber, method, kind: "fill" as const },
      { callNumber, method, kind: "loseAnswer" as const },
    ]),
  );
}

for (const scenario of SCENARIOS) {
  test(`${scenario.name}: a crash before or after any store call does not change the end`, async () => {
    const called = await listCalls(scenario, ports);
    expect(called.length).toBeGreaterThan(3);
    for (const point of pointsOf(called)) await runCrashing(scenario, [point], ports);
  });

  test(`${scenario.name}: a full disk or a lost answer at any write does not change the end`, async () => {
    const failures = failuresOf(await listCalls(scenario, ports));
    expect(failures.length).toBeGreaterThan(3);
    for (const failure of failures) await runCrashing(scenario, [failure], ports);
  });

  if (!isLong) continue;
  test(`${scenario.name}: two crashes in succession do not change the end either`, {
    timeout: 30 * 60_000,
  }, async () => {
    const points = pointsOf(await listCalls(scenario, ports));
    for (const first of points) for (const second of points) await runCrashing(scenario, [first, second], ports);
  });
}
