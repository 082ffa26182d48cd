/** A supervisor without a worker: a process that executes nothing but still looks after runs. */
import type { SuperviseEvent } from "holdfast";
import { expect, test } from "vitest";
import { steps } from "./workflows.js";
import { World } from "./world.js";

test("recovers a dead worker's run for others to claim, records it in the audit log and statistics, and executes nothing", async () => {
  const world = await World.open((clock) => [steps(clock)]);
  const events: SuperviseEvent[] = [];
  const supervising = world.worker("watcher").holdfast.startSupervisor({ onSupervise: (event) => events.push(event) });
  await world.clock.settle();
  const supervisor = await supervising;
  const dying = await world.working("dying", {}, { supervise: false });
  await world.client.start(world.client.workflows[0] as never, { stepMs: 60_000 } as never, { runId: "r" });
  await world.clock.advance(10_000);
  dying.kill();
  await world.clock.advance(3_000);
  expect(await world.statusOf("r")).toBe("queued");
  expect(events).toMatchObject([{ kind: "recovered", runId: "r", action: "resume" }]);
  const { rows } = await world.client.management.audit({ runId: "r", action: "recover" });
  expect(rows).toMatchObject([{ actor: { id: "watcher", via: "supervisor" } }]);
  // A minute later nothing has claimed it: health and statistics do not count a supervisor as a worker.
  await world.clock.advance(60_000);
  expect(await world.statusOf("r")).toBe("queued");
  expect((await world.client.runs.health("r")).stuckReason).toContain("no living worker takes runs of steps");
  const stats = await world.client.management.stats();
  expect(stats.supervisor).toMatchObject({ workers: 0, supervisors: 1, recovered: 1 });
  const { lastScanAt } = supervisor.status();
  expect(stats.supervisor.lastScanAt).toBeGreaterThan((lastScanAt ?? 0) - 6_000);
  await world.working("second", {}, { supervise: false });
  await world.until("r", "completed");
});

test("stops when told, by its handle or its signal: it judges nothing more and its report is removed", async () => {
  const world = await World.open((clock) => [steps(clock)]);
  const signal = new AbortController();
  const { holdfast } = world.worker("watcher");
  const both = Promise.all([
    holdfast.startSupervisor(),
    world.worker("other").holdfast.startSupervisor({ signal: signal.signal }),
  ]);
  await world.clock.settle();
  const [told, signalled] = await both;
  await world.clock.advance(1_000);
  expect((await world.client.management.stats()).supervisor.supervisors).toBe(2);
  expect(told.status()).toMatchObject({ holder: "watcher", isStopped: false });
  signal.abort();
  await Promise.all([told.stop(), told.stop(), signalled.done]);
  expect(told.status().isStopped).toBe(true);
  expect((await world.client.management.stats()).supervisor).toMatchObject({ supervisors: 0, lastScanAt: null });
  const dying = await world.working("dying", {}, { supervise: false });
  await world.client.start(world.client.workflows[0] as never, { stepMs: 60_000 } as never, { runId: "r" });
  await world.clock.advance(5_000);
  dying.kill();
  await world.clock.advance(60_000);
  expect(await world.statusOf("r")).toBe("running");
});

test("one that is started while the Holdfast closes ends with it; an unknown option is refused", async () => {
  const world = await World.open((clock) => [steps(clock)]);
  const { holdfast } = world.worker("watcher");
  const starting = holdfast.startSupervisor();
  await world.clock.settle();
  const { done } = await starting;
  await Promise.all([holdfast.close(), done]);
  const typo = { onSupervized: () => {} };
  await expect(world.client.startSupervisor(typo as never)).rejects.toThrow(/onSupervized.*onSupervise/);
});

test("a threshold of silence lists leases and takes over none, however low it is; no operation has such an option", async () => {
  const world = await World.open((clock) => [steps(clock)]);
  await world.working("first", { heartbeatMs: 5_000 });
  await world.client.start(world.client.workflows[0] as never, { stepMs: 600_000 } as never, { runId: "r" });
  await world.clock.advance(8_500);
  const { leases, management } = world.client;
  const silentFor = async (silentForMs: number) => (await leases.list({ silentForMs })).map(({ runId }) => runId);
  expect([await silentFor(1), await silentFor(29_000)]).toEqual([["r"], []]);
  const threshold = { stallAfterMs: 1 } as never;
  for (const act of [management.recover, management.checkTimeouts]) {
    await expect(act(threshold)).rejects.toThrow("stallAfterMs");
  }
  expect(await leases.clean()).toBe(0);
  expect((await world.client.runs.get("r")).lease?.holder).toBe("first");
  await expect(leases.list({ silentForMs: Number.NaN })).rejects.toThrow("silentForMs");
});
