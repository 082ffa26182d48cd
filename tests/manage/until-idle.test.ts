/** When a worker that works until nothing is left ends: not before abandoned runs have been taken over. */
import { describe, expect, test } from "vitest";
import { steps } from "./workflows.js";
import { World } from "./world.js";

const MINUTE = 60_000;

async function heldBy(host: string) {
  const world = await World.open((clock) => [steps(clock)]);
  const holder = await world.working("holder", { host, heartbeatMs: 5_000 });
  const workflow = world.client.workflows[0];
  if (workflow === undefined) throw new Error("no workflow");
  await world.client.start(workflow, { stepMs: MINUTE, steps: 1 }, { runId: "r" });
  await world.clock.advance(2_000);
  return { world, holder };
}

async function untilIdle(world: World, how: { readonly supervise?: boolean } = {}) {
  const worker = await world.working("w", { host: "host-1" }, { untilIdle: true, ...how });
  let isEnded = false;
  void worker.ended.then(() => {
    isEnded = true;
  });
  return { isEnded: () => isEnded };
}

describe("a worker until idle", () => {
  test("takes over a run whose holder fell silent and cannot be proven dead, and completes it", async () => {
    const { world, holder } = await heldBy("host-2");
    holder.kill();
    const worker = await untilIdle(world);
    await world.clock.advance(25_000);
    expect([await world.statusOf("r"), worker.isEnded()]).toEqual(["running", false]);
    await world.until("r", "completed");
    await world.clock.advance(5_000);
    expect(worker.isEnded()).toBe(true);
    expect((await world.client.runs.get("r")).recoveries).toBe(1);
  });

  test("does not wait for a run that another worker executes and whose lease is renewed", async () => {
    const { world } = await heldBy("host-2");
    const worker = await untilIdle(world);
    await world.clock.advance(12_000);
    expect([await world.statusOf("r"), worker.isEnded()]).toEqual(["running", true]);
    await world.until("r", "completed");
    expect((await world.client.runs.get("r")).recoveries).toBe(0);
  });

  test("that does not supervise takes nothing over, and waits for nothing that only a supervisor could queue", async () => {
    const { world, holder } = await heldBy("host-2");
    holder.kill();
    const worker = await untilIdle(world, { supervise: false });
    await world.clock.advance(3_000);
    expect([await world.statusOf("r"), worker.isEnded()]).toEqual(["running", true]);
  });
});
