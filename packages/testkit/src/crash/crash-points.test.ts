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

/** The writes of an execution. */
const WRITES = storeMethodsOf("fencedWrite", "executionWrite");

/** These change a run, or take one up again. */
const CHANGES: ReadonlySet<string> = new Set([...WRITES, "loadHistory", "wakeWaits"]);
/** A worker's round, and a claim: the calls of which one has found what the next change is about. */
const ROUND = 8;

/**
 * A read changes nothing, so a crash after it equals a crash before it. While nothing happens a worker does its rounds again and again
 * over the same rows: the first of them and the last stand for the others, but in the long form.
 */
function pointsOf(called: readonly StoreMethod[]): readonly CrashPoint[] {
  const sinceChange = new Set<StoreMethod>();
  return called.flatMap((method, i): CrashPoint[] => {
    if (CHANGES.has(method)) sinceChange.clear();
    const isRepeated = sinceChange.has(method) && !called.slice(i, i + ROUND).some((next) => CHANGES.has(next));
    sinceChange.add(method);
    if (isRepeated && !isLong) return [];
    const before = { callNumber: i + 1, kind: "dieBefore" } as const;
    return READS.has(method) ? [before] : [before, { callNumber: i + 1, kind: "dieAfter" }];
  });
}

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
