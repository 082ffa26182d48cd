import { describe, expect, test } from "vitest";
import { makePlace } from "./harness/place.js";
import { monotonicMs } from "./harness/wait-for.js";

const HELD = ["start", "steps", "--hold-at=2", "--run-id=r"];
/** From the spawn of the next process to its first line of user code: no lease is waited for. */
const AT_ONCE_MS = 2_000;

describe("one signal to a run in the foreground", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s finishes what is in flight, 75, and leaves no lease",
    async (signal) => {
      const place = await makePlace();
      const running = place.command(HELD);
      await place.untilJournal("ran", { stage: "step-2" });
      running.kill(signal);
      await running.says(/Finishing work in flight/);
      place.openGate();
      expect((await running.ended).code).toBe(75);
      expect(place.db.run("r")).toMatchObject({ status: "paused", reason: "drained", holder: null });
      expect(place.db.attempts("r").map(({ stage, status }) => [stage, status])).toEqual([
        ["step-1", "completed"],
        ["step-2", "completed"],
      ]);
      expect(place.journal.all("aborted")).toEqual([]);

      const resumedAtMs = monotonicMs();
      const next = place.command(["resume", "r"]);
      const { atMs, stage } = await place.untilJournal("ran", { pid: next.pid });
      expect([stage, atMs - resumedAtMs < AT_ONCE_MS]).toEqual(["step-3", true]);
      expect((await next.ended).code).toBe(0);
      expect(place.db.problems()).toEqual([]);
    },
  );
});

describe("two signals to a run in the foreground", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s twice aborts at once, %i, and leaves no lease", async (signal, code) => {
    const place = await makePlace();
    const running = place.command(HELD);
    await place.untilJournal("ran", { stage: "step-2" });
    running.kill(signal);
    await running.says(/Finishing/);
    const abortedAtMs = monotonicMs();
    running.kill(signal);
    expect((await running.ended).code).toBe(code);
    expect(monotonicMs() - abortedAtMs).toBeLessThan(2_000);
    expect(place.db.run("r")).toMatchObject({ status: "paused", reason: "aborted", holder: null });
    expect(place.journal.all("aborted").map((line) => [line.stage, line.why])).toEqual([["step-2", "shutdown"]]);
    expect(place.db.attempts("r").map(({ stage, status }) => [stage, status])).toEqual([
      ["step-1", "completed"],
      ["step-2", "interrupted"],
    ]);
    place.openGate();
    expect((await place.command(["resume", "r"]).ended).code).toBe(0);
    expect(place.journal.all("ran").map(({ stage, attempt }) => [stage, attempt])).toEqual([
      ["step-1", 1],
      ["step-2", 1],
      ["step-2", 2],
      ["step-3", 1],
    ]);
    expect(place.db.problems()).toEqual([]);
  });
});

describe("signals to a worker", () => {
  test("SIGTERM lets stages finish, then hands the runs back, and the next worker goes on at once", async () => {
    const place = await makePlace();
    for (const run of ["a", "b"]) await place.json(["start", "steps", "--hold-at=2", `--run-id=${run}`, "--detach"]);
    const stopped = place.command(["worker"]);
    for (const run of ["a", "b"]) await place.untilJournal("ran", { run, stage: "step-2" });
    stopped.kill("SIGTERM");
    await stopped.says(/Finishing/);
    place.openGate();
    expect((await stopped.ended).code).toBe(75);
    for (const run of ["a", "b"]) {
      expect(place.db.run(run)).toMatchObject({ status: "queued", holder: null, recoveries: 0 });
    }
    const startedAtMs = monotonicMs();
    const next = place.command(["worker", "--until-idle"]);
    const { atMs } = await place.untilJournal("ran", { parent: next.pid });
    expect(atMs - startedAtMs).toBeLessThan(AT_ONCE_MS);
    expect((await next.ended).code).toBe(0);
    for (const run of ["a", "b"]) {
      expect(place.journal.all("ran", { run }).map((line) => line.attempt)).toEqual([1, 1, 1]);
      expect(place.db.run(run)).toMatchObject({ status: "completed", recoveries: 0 });
    }
    expect(place.db.problems()).toEqual([]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s twice aborts, %i, and hands the runs back all the same", async (signal, code) => {
    const place = await makePlace();
    await place.json(["start", "steps", "--hold-at=2", "--run-id=r", "--detach"]);
    const worker = place.command(["worker"]);
    await place.untilJournal("ran", { stage: "step-2" });
    worker.kill(signal);
    await worker.says(/Finishing/);
    worker.kill(signal);
    expect((await worker.ended).code).toBe(code);
    expect(place.db.run("r")).toMatchObject({ status: "queued", holder: null, recoveries: 0 });
    expect(place.db.attempts("r").map(({ stage, status }) => [stage, status])).toEqual([
      ["step-1", "completed"],
      ["step-2", "interrupted"],
    ]);
    place.openGate();
    expect((await place.command(["worker", "--until-idle"]).ended).code).toBe(0);
    expect(place.db.run("r")?.status).toBe("completed");
    expect(place.db.problems()).toEqual([]);
  });
});
