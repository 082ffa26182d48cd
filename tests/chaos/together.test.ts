import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makePlace } from "./harness/place.js";

test("twenty runs from ten processes on one new file all complete, and none sees another's files", async () => {
  const place = await makePlace();
  const runIds = Array.from({ length: 20 }, (_, i) => `run-${String(i).padStart(2, "0")}`);
  // The file does not exist yet: part of the test is that ten processes create it at once.
  const processes = Array.from({ length: 10 }, (_, i) =>
    place.program("start-runs", [runIds[2 * i] as string, runIds[2 * i + 1] as string]),
  );
  for (const { code, stderr } of await Promise.all(processes.map((process) => process.ended))) {
    expect([code, stderr]).toEqual([0, ""]);
  }
  expect(place.db.runs().map(({ run, status }) => [run, status])).toEqual(runIds.map((run) => [run, "completed"]));
  expect(place.db.problems()).toEqual([]);
  const stages = ["step-1", "step-2", "step-3", "step-4", "step-5"];
  for (const run of runIds) {
    const attempts = place.db.attempts(run);
    expect(attempts.map(({ stage, attempt, status, isRecord }) => [stage, attempt, status, isRecord])).toEqual(
      stages.map((stage) => [stage, 1, "completed", 1]),
    );
    const written = place.db.artifacts(run).filter((artifact) => artifact.name === "own.txt");
    expect(written.map((artifact) => artifact.stage)).toEqual(stages);
    for (const { stage, name } of written) {
      const text = readFileSync(join(place.dataDir, "runs", run, "stages", stage, "attempt-1", name), "utf8");
      expect(text.split("\n")[0]).toBe(`${run} ${stage} 1`);
    }
    // Each stage's code ran once, and what the workflow received is what is recorded.
    expect(place.journal.all("ran", { run }).map((line) => line.stage)).toEqual(stages);
    for (const { stage, output } of attempts) {
      const { value } = JSON.parse(output ?? "null") as { value: string };
      expect(place.journal.all("acknowledged", { run, stage }).map((line) => line.value)).toEqual([value]);
    }
  }
});
