import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { makePlace, type Place, type Process } from "./harness/place.js";
import { monotonicMs } from "./harness/wait-for.js";

const LEASE_MS = 3_000;
/** The last heartbeat may have been up to a third of the lease before the kill, and one may be lost on a busy machine. */
const LAST_BEAT_MS = 1_500;
/** Silent holders are looked for every second, and given two more seconds to return. */
const FOUND_MS = LEASE_MS + 5_000;

/** Only the lease decided: the run was taken over within its time, and the worker that took it completes it. */
async function expectTakenAfterSilence(place: Place, worker: Process, afterMs: number): Promise<void> {
  expect(afterMs).toBeGreaterThan(LEASE_MS - LAST_BEAT_MS);
  expect(afterMs).toBeLessThan(FOUND_MS);
  place.openGate();
  await place.untilStatus("r", "completed");
  worker.kill("SIGTERM");
  expect((await worker.ended).code).toBe(75);
  expect(place.db.problems()).toEqual([]);
}

test.concurrent("a holder of another host is never proven dead: its lease decides, for workers and for people", async () => {
  const place = await makePlace();
  const elsewhere = { env: { OTHER_HOST: "elsewhere" } };
  const holder = place.program("other-world", ["start", "r", String(LEASE_MS)], elsewhere);
  await place.untilJournal("ran", { stage: "step-2" });
  const worker = place.command(["worker", `--lease-ms=${LEASE_MS}`]);
  const killedAtMs = monotonicMs();
  holder.kill("SIGKILL");
  await holder.ended;
  const { code, stderr } = await place.command(["resume", "r"]).ended;
  expect([code, stderr]).toEqual([6, expect.stringContaining("elsewhere")]);
  const { atMs } = await place.untilJournal("ran", { parent: worker.pid, stage: "step-2" });
  await expectTakenAfterSilence(place, worker, atMs - killedAtMs);
});

test.concurrent("a holder in its own container, whose pid is another process's here, is neither taken for dead nor lost", async (context) => {
  const under = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
  if (spawnSync(under[0] as string, [...under.slice(1), "true"]).status !== 0) {
    context.skip("CONTAINERS ARE NOT TESTED HERE: a pid namespace needs root on Linux");
  }
  const place = await makePlace();
  const holder = place.command(["start", "steps", "--hold-at=2", "--run-id=r", `--lease-ms=${LEASE_MS}`], { under });
  await place.untilJournal("ran", { stage: "step-2" });
  const worker = place.command(["worker", `--lease-ms=${LEASE_MS}`]);
  const startedAtMs = monotonicMs();
  // Watched for longer than its lease: it is alive, and keeps the run.
  await place.untilStore("beats of the holder under watch", (db) => {
    const [live] = db.rows<{ beat_at: number }>("SELECT beat_at FROM run_live");
    return live !== undefined && live.beat_at > startedAtMs + LEASE_MS + 1_000;
  });
  expect(place.db.run("r")).toMatchObject({ status: "running", recoveries: 0 });
  expect(place.journal.all("ran", { stage: "step-2" })).toHaveLength(1);
  const killedAtMs = monotonicMs();
  holder.kill("SIGKILL");
  const { atMs } = await place.untilJournal("ran", { parent: worker.pid, stage: "step-2" });
  await expectTakenAfterSilence(place, worker, atMs - killedAtMs);
});
