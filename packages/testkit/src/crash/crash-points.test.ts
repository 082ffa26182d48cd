import { storeMethodsOf } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import { type Calls, type CrashPoint, countCalls, type FailurePoint, runCrashing } from "./crash-points.js";
import { SCENARIOS } from "./scenarios.js";

const ports = {
  openStore: (given: Pick<Parameters<typeof openSqliteStore>[0], "clock" | "random">) =>
    openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", ...given }),
};

/** With LONG=1 every pair of crashes too: some minutes instead of seconds. */
const isLong = process.env.LONG === "1";

function pointsOf(callCount: number): readonly CrashPoint[] {
  return Array.from({ length: callCount }, (_, i) => i + 1).flatMap((callNumber) => [
    { callNumber, kind: "dieBefore" as const },
    { callNumber, kind: "dieAfter" as const },
  ]);
}

/** What an execution writes. */
const WRITES = storeMethodsOf("fencedWrite", "executionWrite");

function failuresOf({ byMethod }: Calls): readonly FailurePoint[] {
  return WRITES.flatMap((method) =>
    Array.from({ length: byMethod.get(method) ?? 0 }, (_, i) => i + 1).flatMap((callNumber) => [
      { callNumber, method, kind: "fill" as const },
      { callNumber, method, kind: "loseAnswer" as const },
    ]),
  );
}

for (const scenario of SCENARIOS) {
  test(`${scenario.name}: a crash before or after any store call changes nothing of the end`, async () => {
    const callCount = await countCalls(scenario, ports);
    expect(callCount.all).toBeGreaterThan(3);
    for (const point of pointsOf(callCount.all)) await runCrashing(scenario, [point], ports);
  });

  test(`${scenario.name}: a write that finds no room, or whose answer is lost, changes nothing, whichever it is`, async () => {
    const failures = failuresOf(await countCalls(scenario, ports));
    expect(failures.length).toBeGreaterThan(3);
    for (const failure of failures) await runCrashing(scenario, [failure], ports);
  });

  if (!isLong) continue;
  test(`${scenario.name}: nor do two crashes, one after the other`, { timeout: 30 * 60_000 }, async () => {
    const points = pointsOf((await countCalls(scenario, ports)).all);
    for (const first of points) for (const second of points) await runCrashing(scenario, [first, second], ports);
  });
}
