import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import { type CrashPoint, countCalls, runCrashing } from "./crash-points.js";
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

for (const scenario of SCENARIOS) {
  test(`${scenario.name}: a crash before or after any store call changes nothing of the end`, async () => {
    const callCount = await countCalls(scenario, ports);
    expect(callCount).toBeGreaterThan(3);
    for (const point of pointsOf(callCount)) await runCrashing(scenario, [point], ports);
  });

  if (!isLong) continue;
  test(`${scenario.name}: nor do two crashes, one after the other`, { timeout: 30 * 60_000 }, async () => {
    const points = pointsOf(await countCalls(scenario, ports));
    for (const first of points) for (const second of points) await runCrashing(scenario, [first, second], ports);
  });
}
