import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makePlace, type Place, type Process } from "./harness/place.js";
import { monotonicMs } from "./harness/wait-for.js";

const HOUR_MS = 3_600_000;
const AHEAD = { env: { CLOCK_AHEAD_MS: String(HOUR_MS) } };
const BEHIND = { env: { CLOCK_AHEAD_MS: String(-HOUR_MS) } };

async function jumpTo(place: Place, aheadMs: number, pids: readonly number[]): Promise<void> {
  writeFileSync(join(place.path("gate"), "jump"), String(aheadMs));
  for (const pid of pids) await place.untilJournal("jumped", { pid, value: String(aheadMs) });
}

async function stop(...workers: readonly Process[]): Promise<void> {
  for (const worker of workers) worker.kill("SIGTERM");
  for (const { code, stderr } of await Promise.all(workers.map((worker) => worker.ended))) {
    expect([code, stderr]).toEqual([0, ""]);
  }
}

test("a run is not taken over, and no attempt is used up, however the clocks of holder and watchers jump", async () => {
  const place = await makePlace();
  const holder = place.program("other-world", ["start", "r", "3000"]);
  await place.untilJournal("ran", { stage: "step-2" });
  const watchers = [
    place.program("other-world", ["work", "-", "3000"], AHEAD),
    place.program("other-world", ["work", "-", "3000"], BEHIND),
  ];
  const pids = [holder, ...watchers].map((process) => process.pid);
  for (const pid of pids) await place.untilJournal("opened", { pid });
  // Each jump lasts longer than the lease, so that the holder has sent heartbeats and the watchers have looked under
  // each clock.
  for (const aheadMs of [HOUR_MS, -HOUR_MS, 0]) {
    await jumpTo(place, aheadMs, pids);
    const jumpedAtMs = monotonicMs();
    await place.untilStore("beats under this clock", (db) => {
      const [live] = db.rows<{ beat_at: number }>("SELECT beat_at FROM run_live");
      return live !== undefined && live.beat_at > jumpedAtMs + 3_000;
    });
  }
  expect(place.db.run("r")).toMatchObject({ status: "running", pid: holder.pid, recoveries: 0 });
  place.openGate();
  const { code, stderr } = await holder.ended;
  expect([code, stderr]).toEqual([0, ""]);
  await stop(...watchers);
  expect(place.db.run("r")).toMatchObject({ status: "completed", recoveries: 0 });
  expect(place.db.attempts("r").map(({ stage, attempt, pid }) => [stage, attempt, pid])).toEqual([
    ["step-1", 1, holder.pid],
    ["step-2", 1, holder.pid],
    ["step-3", 1, holder.pid],
  ]);
  expect(place.db.problems()).toEqual([]);
});

test.each([
  ["an hour ahead", AHEAD, {}],
  ["an hour behind", BEHIND, {}],
  ["right", {}, BEHIND],
] as const)("what a process whose clock is %s has queued is taken up at once", async (_, queueing, working) => {
  const place = await makePlace();
  const worker = place.program("other-world", ["work", "-", "3000"], working);
  await place.untilJournal("opened", { pid: worker.pid });
  expect((await place.program("other-world", ["queue", "r", "3000"], queueing).ended).code).toBe(0);
  const queuedAtMs = monotonicMs();
  const { atMs } = await place.untilJournal("ran", { run: "r" });
  expect(atMs - queuedAtMs).toBeLessThan(2_000);
  await place.untilStatus("r", "completed");
  await stop(worker);
  expect(place.db.problems()).toEqual([]);
});

test("a killed holder is still found within two seconds by a watcher whose clock jumped", async () => {
  const place = await makePlace();
  const holder = place.program("other-world", ["start", "r", "300000"], AHEAD);
  await place.untilJournal("ran", { stage: "step-2" });
  const watcher = place.program("other-world", ["work", "-", "300000"], BEHIND);
  await place.untilJournal("opened", { pid: watcher.pid });
  const killedAtMs = monotonicMs();
  holder.kill("SIGKILL");
  const { atMs } = await place.untilJournal("ran", { pid: watcher.pid, stage: "step-2" });
  expect(atMs - killedAtMs).toBeLessThan(2_000);
  place.openGate();
  await place.untilStatus("r", "completed");
  await stop(watcher);
  expect(place.db.problems()).toEqual([]);
});
