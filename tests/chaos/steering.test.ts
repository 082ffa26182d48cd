import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makePlace, type Place } from "./harness/place.js";
import { monotonicMs } from "./harness/wait-for.js";

const HELD = ["start", "steps", "--hold-at=2", "--run-id=r"];

/** The request is seen at a heartbeat, one every five seconds; then the stage cleans up. */
const OBEYED_MS = 8_000;

async function heldRun(place: Place) {
  const holder = place.command(HELD);
  await place.untilJournal("ran", { stage: "step-2" });
  return holder;
}

describe("a running run, steered from another process", () => {
  test.each([
    ["pause", "paused", 75],
    ["cancel", "cancelled", 1],
  ] as const)("%s aborts its stage, and its process ends with the run %s", async (verb, status, code) => {
    const place = await makePlace();
    const holder = await heldRun(place);
    const askedAtMs = monotonicMs();
    await place.json([verb, "r", "--reason=lunch"]);
    expect((await holder.ended).code).toBe(code);
    expect(monotonicMs() - askedAtMs).toBeLessThan(OBEYED_MS);
    expect(place.db.run("r")).toMatchObject({ status, reason: "lunch", holder: null });
    expect(place.journal.all("aborted").map((line) => line.why)).toEqual([verb]);
    expect(place.db.attempts("r").map(({ stage, attempt, status }) => [stage, attempt, status])).toEqual([
      ["step-1", 1, "completed"],
      ["step-2", 1, "interrupted"],
    ]);
    place.openGate();
    expect((await place.command(["resume", "r"]).ended).code).toBe(0);
    expect(place.journal.all("ran", { stage: "step-1" })).toHaveLength(1);
    expect(place.db.problems()).toEqual([]);
  });

  test("delete is refused with 6, and removes nothing", async () => {
    const place = await makePlace();
    const holder = await heldRun(place);
    const before = [place.db.runs(), place.db.events(), place.db.attempts(), place.db.artifacts()];
    const { code, stderr } = await place.command(["delete", "r", "--yes"]).ended;
    expect([code, stderr]).toEqual([6, expect.stringContaining("running")]);
    expect([place.db.runs(), place.db.events(), place.db.attempts(), place.db.artifacts()]).toEqual(before);
    expect(existsSync(join(place.dataDir, "runs/r/stages/step-1/attempt-1/own.txt"))).toBe(true);
    place.openGate();
    expect((await holder.ended).code).toBe(0);
    expect((await place.command(["delete", "r", "--yes"]).ended).code).toBe(0);
    expect(place.db.runs()).toEqual([]);
    expect(existsSync(join(place.dataDir, "runs/r"))).toBe(false);
    expect(place.db.problems()).toEqual([]);
  });
});

describe("a run whose holder was killed, steered", () => {
  test.each([
    ["pause", "paused"],
    ["cancel", "cancelled"],
  ] as const)("%s is carried out at once, since nobody lives to obey", async (verb, status) => {
    const place = await makePlace();
    const holder = await heldRun(place);
    holder.kill("SIGKILL");
    await holder.ended;
    expect(await place.json([verb, "r"])).toMatchObject({ status });
    expect(place.db.run("r")).toMatchObject({ status, holder: null });
    expect(place.db.attempts("r").at(-1)?.status).toBe("interrupted");
    // A worker that starts now leaves it alone.
    expect((await place.command(["worker", "--until-idle"]).ended).code).toBe(0);
    expect(place.db.run("r")?.status).toBe(status);
    expect(place.journal.all("ran")).toHaveLength(2);
    expect(place.db.problems()).toEqual([]);
  });

  test("a request that the killed holder did not carry out is carried out by the worker that finds the run", async () => {
    const place = await makePlace();
    const holder = await heldRun(place);
    await place.freeze(holder.pid);
    await place.json(["cancel", "r"]);
    expect(place.db.run("r")).toMatchObject({ status: "running", wish: "cancel" });
    holder.kill("SIGKILL");
    await holder.ended;
    const worker = place.command(["worker"]);
    await place.untilStatus("r", "cancelled");
    worker.kill("SIGTERM");
    expect((await worker.ended).code).toBe(75);
    expect(place.journal.all("ran")).toHaveLength(2);
    expect(place.db.problems()).toEqual([]);
  });

  test("delete removes it at once", async () => {
    const place = await makePlace();
    const holder = await heldRun(place);
    holder.kill("SIGKILL");
    await holder.ended;
    expect((await place.command(["delete", "r", "--yes"]).ended).code).toBe(0);
    expect(place.db.rows("SELECT * FROM event")).toEqual([]);
    expect(place.db.problems()).toEqual([]);
  });

  test("restart is possible at once; while a holder is alive it is refused", async () => {
    const place = await makePlace();
    const holder = await heldRun(place);
    expect((await place.command(["restart", "r"]).ended).code).toBe(6);
    holder.kill("SIGKILL");
    await holder.ended;
    place.openGate();
    expect((await place.command(["restart", "r"]).ended).code).toBe(0);
    expect(place.db.run("r")).toMatchObject({ status: "queued", holder: null });
    expect((await place.command(["worker", "--until-idle"]).ended).code).toBe(0);
    expect(place.db.run("r")?.status).toBe("completed");
    expect(place.db.problems()).toEqual([]);
  });
});
