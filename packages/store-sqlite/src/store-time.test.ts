/** Leases over a reboot, on a system that gives all its boots one name. */
import { join } from "node:path";
import { UNNAMED_BOOT } from "@holdfast/core";
import { expect, test } from "vitest";
import { openSqliteStore } from "./open.js";
import { createClockShift } from "./store-time.js";
import { startRun, TEST_HOLDER, testFolder } from "./testing/processes.js";

const UPTIME_MS = 5 * 24 * 60 * 60_000;

/** A store on a host that has been up for days, and the same store after a reboot: the monotonic clock starts anew. */
async function openOverReboot(bootId: string) {
  const clockShift = createClockShift();
  const shifts = new Float64Array(clockShift);
  shifts[1] = UPTIME_MS;
  const store = await openSqliteStore({ file: join(testFolder(), "boot.db"), inline: true, bootId, clockShift });
  const fence = await startRun(store, "run-boot");
  return {
    store,
    fence,
    reboot: () => {
      shifts[1] = 0;
    },
  };
}

test("a lease of a boot without a name expires with that boot, though its beats lie days ahead of the clock", async () => {
  const { store, fence, reboot } = await openOverReboot(UNNAMED_BOOT);
  const look = async () => {
    const [facts] = await store.listRunning({ after: null, limit: 1 });
    return [facts?.lease.isExpired, facts?.facts.isLeaseExpired];
  };
  expect(await look()).toEqual([false, false]);
  expect((await store.getLease(fence.runId))?.isExpired).toBe(false);
  reboot();
  expect(await look()).toEqual([true, true]);
  expect((await store.getLease(fence.runId))?.isExpired).toBe(true);
  const recovered = await store.recover(
    { runId: fence.runId, token: fence.token, by: "supervisor", isHolderDead: false },
    { action: "resume", reason: "silent", uses: "recovery", afterMs: 0 },
  );
  expect(recovered).toBe(true);
  await store.close();
});

test("what such a lease held is free after the reboot", async () => {
  const { store, fence, reboot } = await openOverReboot(UNNAMED_BOOT);
  expect((await store.acquireResources(fence, ["file"])).kind).toBe("acquired");
  const other = await startRun(store, "run-other");
  expect((await store.acquireResources(other, ["file"])).kind).toBe("held");
  reboot();
  const next = await startRun(store, "run-next");
  expect((await store.acquireResources(next, ["file"])).kind).toBe("acquired");
  await store.close();
});

test("a worker that reported before the reboot has been silent since", async () => {
  const { store, reboot } = await openOverReboot(UNNAMED_BOOT);
  const report = { workflows: ["brief"], concurrency: 1, executing: 0, isSupervising: true, lastScanAt: null };
  await store.reportWorker({ holder: TEST_HOLDER, ...report });
  const silentForMs = async () => (await store.listWorkers())[0]?.silentForMs ?? Number.NaN;
  expect(await silentForMs()).toBeLessThan(60_000);
  reboot();
  expect(await silentForMs()).toBeGreaterThanOrEqual(0);
  await store.close();
});
