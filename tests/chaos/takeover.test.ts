import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { times } from "./harness/form.js";
import { makePlace } from "./harness/place.js";
import { monotonicMs } from "./harness/wait-for.js";

/** From the kill to the first line of user code in another process, including the time that process needs to start. */
const TAKEOVER_MS = 2_000;
const HELD = ["start", "steps", "--hold-at=2", "--run-id=r"];

interface Refusal {
  readonly tookMs: number;
  readonly code: string;
  readonly message: string;
  readonly details: { readonly host: string; readonly pid: number; readonly since: number };
}

describe("a run that a living process holds", () => {
  test("is refused to a second resume within a second, with exit code 6, naming host, pid and since when", async () => {
    const place = await makePlace();
    const beforeMs = Date.now();
    const holder = place.command(HELD);
    await place.untilJournal("ran", { stage: "step-2" });
    const rowsBefore = [place.db.events(), place.db.attempts()];

    const ended = await place.program("try-resume", ["r"]).ended;
    const refusal = JSON.parse(ended.stdout) as Refusal;
    expect(refusal.code).toBe("RUN_LOCKED");
    expect(refusal.tookMs).toBeLessThan(1_000);
    expect(refusal.details).toMatchObject({ host: hostname(), pid: holder.pid });
    expect(refusal.details.since).toBeGreaterThanOrEqual(beforeMs);
    expect(refusal.details.since).toBeLessThanOrEqual(Date.now());

    const { code, stdout, stderr } = await place.command(["resume", "r"]).ended;
    expect([code, stdout]).toEqual([6, ""]);
    expect(stderr).toContain(hostname());
    expect(stderr).toContain(String(holder.pid));
    expect(stderr).toContain(new Date(refusal.details.since).toISOString().slice(0, 16));
    expect([place.db.events(), place.db.attempts()]).toEqual(rowsBefore);

    place.openGate();
    expect((await holder.ended).code).toBe(0);
    expect(place.journal.all("ran").map((line) => line.pid)).toEqual([holder.pid, holder.pid, holder.pid]);
  });
});

describe("a run whose holder was killed", () => {
  test(`is resumed by hand within ${TAKEOVER_MS} ms of the kill, although its lease is for five minutes`, async () => {
    for (let round = 0; round < times(3, 100); round++) {
      const place = await makePlace();
      const holder = place.command(HELD);
      await place.untilJournal("ran", { stage: "step-2" });
      const killedAtMs = monotonicMs();
      holder.kill("SIGKILL");
      const next = place.command(["resume", "r"]);
      const { atMs } = await place.untilJournal("ran", { pid: next.pid });
      expect(atMs - killedAtMs).toBeLessThan(TAKEOVER_MS);
      place.openGate();
      expect((await next.ended).code).toBe(0);
      expect(place.db.attempts("r").map(({ stage, attempt, status }) => [stage, attempt, status])).toEqual([
        ["step-1", 1, "completed"],
        ["step-2", 1, "interrupted"],
        ["step-2", 2, "completed"],
        ["step-3", 1, "completed"],
      ]);
      expect(place.journal.all("ran", { stage: "step-1" })).toHaveLength(1);
      expect(place.db.problems()).toEqual([]);
    }
  });

  test(`is taken over automatically by a worker within ${TAKEOVER_MS} ms`, async () => {
    const place = await makePlace();
    for (const run of ["a", "b", "c"]) {
      await place.json(["start", "steps", "--hold-at=2", `--run-id=${run}`, "--detach"]);
    }
    // One child process for all three: with two, one child would execute a single run, which is charged when the child
    // dies.
    const killed = place.command(["worker", "--processes=1"]);
    for (const run of ["a", "b", "c"]) await place.untilJournal("ran", { run, stage: "step-2", parent: killed.pid });
    const other = place.command(["worker"]);
    // Its start counts too, so the measured time is never less than that of a worker that is already watching.
    const killedAtMs = monotonicMs();
    killed.kill("SIGKILL");
    for (const run of ["a", "b", "c"]) {
      const { atMs } = await place.untilJournal("ran", { run, parent: other.pid });
      expect(atMs - killedAtMs).toBeLessThan(TAKEOVER_MS);
    }
    place.openGate();
    for (const run of ["a", "b", "c"]) await place.untilStatus(run, "completed");
    other.kill("SIGTERM");
    expect((await other.ended).code).toBe(75);
    for (const run of ["a", "b", "c"]) {
      expect(place.journal.all("ran", { run, stage: "step-1" })).toHaveLength(1);
      // They died together, so none was charged.
      expect(place.db.run(run)?.recoveries).toBe(0);
    }
    expect(place.db.problems()).toEqual([]);
  });
});
