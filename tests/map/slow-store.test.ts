/** A map whose commits take long: nothing waits for what nobody will tell. */
import { createHoldfast, defineWorkflow, MemoryArtifactStore } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { VirtualClock, VirtualProcess, withFaults } from "@holdfast/testkit";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test("goes on when the last thing under way is the commit of results, and as many of them as may be", async () => {
  const clock = new VirtualClock();
  const store = await openSqliteStore({ file: ":memory:", inline: true, clock, random: () => 0.5 });
  const process = new VirtualProcess(clock.view());
  closers.push(() => store.close());
  const slow = withFaults(store, {
    process,
    network: clock,
    // Intents are answered at once, results after a minute: all calls end, and only commits remain.
    choose: ({ method, args }) => {
      const commit = args[1] as { readonly results?: readonly unknown[] } | undefined;
      return method === "commitMap" && (commit?.results?.length ?? 0) > 0 ? { kind: "delayAnswer", ms: 60_000 } : null;
    },
  });
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
  const holdfast = createHoldfast({
    store: slow,
    workflows: [workflow],
    dataDir: "",
    artifacts: new MemoryArtifactStore(),
    stageFiles: false,
    clock: process.clock,
    random: () => 0.5,
    identity: { name: "w", host: "h", pid: 1, bootId: "b", pidNamespace: "p", processStart: "1" },
    isProvenDead: () => false,
  });
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
