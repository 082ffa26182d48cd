/** A map whose commits take long: it does not wait for an event that never comes, and no paid result is lost. */
import type { Store } from "@holdfast/core";
import { createHoldfast, defineWorkflow, MemoryArtifactStore, type Workflow } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { type StoreFaultOptions, VirtualClock, VirtualProcess, withFaults } from "@holdfast/testkit";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A store on virtual time, and a worker that reaches it through `choose`. */
async function makeWorld(workflow: Workflow, choose: StoreFaultOptions["choose"]) {
  const clock = new VirtualClock();
  const store = await openSqliteStore({ file: ":memory:", inline: true, clock, random: () => 0.5 });
  const process = new VirtualProcess(clock.view());
  closers.push(() => store.close());
  const open = (name: string, through: Store, its = clock.view()) =>
    createHoldfast({
      store: through,
      workflows: [workflow],
      dataDir: "",
      artifacts: new MemoryArtifactStore(),
      stageFiles: false,
      clock: its,
      random: () => 0.5,
      identity: { name, host: "h", pid: 1, bootId: "b", pidNamespace: "p", processStart: name },
      isProvenDead: () => false,
    });
  const slow = withFaults(store, { process, network: clock, choose });
  return { clock, store, process, open, holdfast: open("w", slow, process.clock) };
}

/** How many results a call of the store commits; 0 for other calls. */
function resultCountOf({ method, args }: Parameters<StoreFaultOptions["choose"]>[0]): number {
  if (method !== "commitMap") return 0;
  return (args[1] as { readonly results?: readonly unknown[] }).results?.length ?? 0;
}

test("continues when only commits of results remain, at their maximum number", async () => {
  const workflow = defineWorkflow({
    name: "numbers",
    input: z.object({}),
    run: ({ map }) =>
      map(
        "each",
        Array.from({ length: 40 }, (_, n) => ({ key: `n${n}` })),
        { key: "key", concurrency: 2, batch: { results: 1 } },
        () => 1,
      ),
  });
  // Intents are answered at once, results after a minute: all calls end, and only commits remain.
  const { clock, store, holdfast } = await makeWorld(workflow as Workflow, (call) =>
    resultCountOf(call) > 0 ? { kind: "delayAnswer", ms: 60_000 } : null,
  );
  await holdfast.start(workflow, {}, { runId: "r" });
  const working = holdfast.work({ concurrency: 1, untilIdle: true });
  for (let minute = 0; minute < 60 && (await store.getRun("r"))?.status !== "completed"; minute++) {
    await clock.advance(60_000);
    await clock.settle();
  }
  expect(await store.getMap("r" as never, "each")).toMatchObject({ okCount: 40 });
  await working;
  await holdfast.close();
});

test("a store that takes no writes for longer than the lease is trusted: the holder gives its run back, and is charged no recovery for it", async () => {
  const workflow = defineWorkflow({
    name: "waiting",
    input: z.object({}),
    run: ({ stage }) =>
      stage("once", ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject))),
  });
  // Whether the supervisor's look or the report finds the store free first depends on the instant.
  for (let instantMs = 0; instantMs < 1_000; instantMs += 70) {
    let isRefusing = false;
    const { clock, store, holdfast } = await makeWorld(workflow as Workflow, () =>
      isRefusing ? { kind: "refuse" } : null,
    );
    await holdfast.start(workflow, {}, { runId: "r" });
    const ending = new AbortController();
    const working = holdfast.work({ signal: ending.signal });
    const pass = async (ms: number, stepMs: number) => {
      for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
        await clock.advance(stepMs);
        await clock.settle();
      }
    };
    await pass(1_000, 1_000);
    isRefusing = true;
    await pass(120_000, 1_000);
    await pass(instantMs, instantMs);
    isRefusing = false;
    await pass(5_000, 50);
    expect(await store.getRun("r")).toMatchObject({ status: "running", recoveries: 0, lease: { token: 2 } });
    ending.abort();
    await pass(60_000, 1_000);
    await working;
    await holdfast.close();
  }
});

test.each([
  ["on its way to the store", { results: 1 }],
  ["waiting for its commit", { results: 100, ms: 3_600_000 }],
])("an answer that was paid for is kept when the lease is lost while it is %s", async (_, batch) => {
  const workflow = defineWorkflow({
    name: "paying",
    input: z.object({}),
    run: ({ map }) =>
      map("pay", [1, 2], { key: (n) => `n${n}`, concurrency: 1, batch }, (n, { spend }) =>
        n === 1 ? spend(0.1, async () => ({ value: n, usd: 0.1 })) : new Promise<number>(() => {}),
      ),
  });
  const world = await makeWorld(workflow as Workflow, (call) =>
    resultCountOf(call) > 0 ? { kind: "delayRequest", ms: 60_000 } : null,
  );
  const { clock, store, process, holdfast } = world;
  const running = await holdfast.startHere(workflow, {}, { runId: "r" });
  await clock.settle();
  // The first has its answer; the process is stopped until its lease has expired and can be taken over.
  process.stop();
  await clock.advance(40_000);
  await clock.settle();
  const other = world.open("other", store);
  expect(await other.leases.clean()).toBe(1);
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  running.done.then(end, end);
  process.continue();
  for (let second = 0; second < 120 && !hasEnded; second++) {
    await clock.advance(1_000);
    await clock.settle();
  }
  expect(hasEnded).toBe(true);
  const { configHash } = (await store.getMap("r" as never, "pay")) ?? { configHash: "" };
  expect(await store.listPaid("r" as never, "pay", configHash)).toMatchObject([{ key: "n1", cost: { nanos: 1e8 } }]);
  await other.close();
  await holdfast.close();
});
