import { expect, test } from "vitest";
import { times } from "./harness/form.js";
import { makePlace } from "./harness/place.js";

test("a stage that computes for more than twice its lease keeps it, with another worker watching", async () => {
  for (let round = 0; round < times(1, 100); round++) {
    const place = await makePlace();
    const runIds = ["a", "b", "c", "d", "e"];
    const watching = place.command(["worker", "--lease-ms=3000"]);
    const spinning = runIds.map((run) =>
      place.command([
        "start",
        "steps",
        "--steps=2",
        "--spin-at=1",
        "--spin-ms=6500",
        `--run-id=${run}`,
        "--lease-ms=3000",
      ]),
    );
    for (const { code, stderr } of await Promise.all(spinning.map((process) => process.ended))) {
      expect([code, stderr]).toEqual([0, expect.stringContaining("completed")]);
    }
    expect(watching.isAlive()).toBe(true);
    for (const [i, run] of runIds.entries()) {
      expect(place.db.run(run)).toMatchObject({ status: "completed", recoveries: 0 });
      expect(place.db.attempts(run).map(({ stage, attempt, pid }) => [stage, attempt, pid])).toEqual([
        ["step-1", 1, spinning[i]?.pid],
        ["step-2", 1, spinning[i]?.pid],
      ]);
      expect(place.journal.all("ran", { run, stage: "step-1" })).toHaveLength(1);
    }
    expect(place.db.problems()).toEqual([]);
    watching.kill("SIGTERM");
    expect((await watching.ended).code).toBe(75);
  }
});
