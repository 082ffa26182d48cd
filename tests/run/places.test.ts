/**
 * The places of a worker: a run whose code is over gives its place to the next before its report is answered, and an idle place takes
 * a run before its start is answered.
 */
import type { Store } from "@holdfast/core";
import { createHoldfast, MemoryArtifactStore } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { VirtualClock } from "@holdfast/testkit";
import { defineWorkflow, type Holdfast } from "holdfast";
import { expect, test } from "vitest";
import { z } from "zod";

interface World {
  readonly clock: VirtualClock;
  readonly holdfast: Holdfast;
  /** Ids of runs whose code has begun, in order. */
  readonly begun: string[];
  /** The most codes that were executed at once. */
  readonly atWork: { now: number; most: number };
  /** Reports whose answers are held back, in order; each is called to let it through. */
  readonly held: (() => void)[];
  start(count: number): Promise<void>;
  /** Of each claim so far: how many runs it asked for. */
  readonly claimed: number[];
  /** How long the store takes for a claim, in milliseconds. */
  readonly claims: { takeMs: number };
  /** Starts one run; its answer waits like those of reports. */
  startHeld(): Promise<unknown>;
  statuses(): Promise<string[]>;
}

/** A worker's world whose store writes reports at once and answers them when the test says so. */
async function openWorld(): Promise<World> {
  const clock = new VirtualClock();
  const store = await openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock });
  const held: World["held"] = [];
  const report: Store["report"] = async (...args) => {
    const answer = await store.report(...args);
    await new Promise<void>((resolve) => held.push(resolve));
    return answer;
  };
  let isHoldingStarts = false;
  const createRun: Store["createRun"] = async (...args) => {
    const answer = await store.createRun(...args);
    if (isHoldingStarts) await new Promise<void>((resolve) => held.push(resolve));
    return answer;
  };
  const claimed: number[] = [];
  const claims = { takeMs: 0 };
  const claim: Store["claim"] = async (request) => {
    claimed.push(request.limit);
    const answer = await store.claim(request);
    if (claims.takeMs > 0) await clock.sleep(claims.takeMs);
    return answer;
  };
  const slow = new Proxy(store, {
    get(_, name) {
      if (name === "claim") return claim;
      if (name === "report") return report;
      if (name === "createRun") return createRun;
      const value: unknown = Reflect.get(store, name, store);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
  const begun: string[] = [];
  const atWork = { now: 0, most: 0 };
  const workflow = defineWorkflow({
    name: "brief",
    input: z.object({ fails: z.boolean().default(false) }),
    async run({ input, runId }) {
      begun.push(runId);
      atWork.most = Math.max(atWork.most, ++atWork.now);
      await clock.sleep(10);
      atWork.now--;
      if (input.fails) throw new Error("no ink");
    },
  });
  const holdfast = createHoldfast({
    store: slow,
    workflows: [workflow],
    dataDir: "/nowhere",
    artifacts: new MemoryArtifactStore(),
    stageFiles: false,
    clock,
  });
  const ids: string[] = [];
  return {
    clock,
    holdfast,
    begun,
    atWork,
    held,
    claimed,
    claims,
    start: async (count) => {
      for (let i = 0; i < count; i++) {
        ids.push(`run-${ids.length + 1}`);
        await holdfast.start(workflow, { fails: ids.length === 1 }, { runId: ids.at(-1) });
        await clock.advance(1);
      }
    },
    startHeld: () => {
      isHoldingStarts = true;
      ids.push(`run-${ids.length + 1}`);
      return holdfast.start(workflow, {}, { runId: ids.at(-1) });
    },
    statuses: () => Promise.all(ids.map(async (id) => (await store.getRun(id))?.status ?? "missing")),
  };
}

test("the place of a run is free once its code is over, however it ended; no more reports wait than there are places", async () => {
  const { clock, holdfast, begun, atWork, held, start, statuses } = await openWorld();
  const stop = new AbortController();
  const working = holdfast.work({ concurrency: 1, signal: stop.signal });
  await start(3);
  await clock.advance(1_000);
  // The first has failed and the second completed, both in the store; nobody has heard of it. The third is not even claimed.
  expect(begun).toEqual(["run-1", "run-2"]);
  expect(await statuses()).toEqual(["failed", "completed", "queued"]);
  held.shift()?.();
  await clock.advance(1_000);
  expect(begun).toEqual(["run-1", "run-2", "run-3"]);
  expect(atWork.most).toBe(1);

  // A worker that is told to stop waits for the answers.
  let isOver = false;
  stop.abort();
  void working.then(() => {
    isOver = true;
  });
  await clock.advance(1_000);
  expect(isOver).toBe(false);
  for (const answer of held.splice(0)) answer();
  await clock.advance(1_000);
  expect(isOver).toBe(true);
  expect(await statuses()).toEqual(["failed", "completed", "completed"]);
  await holdfast.close();
});

test("a worker that works until nothing is left ends only when its reports are answered", async () => {
  const { clock, holdfast, held, start, statuses } = await openWorld();
  await start(2);
  let isOver = false;
  const working = holdfast.work({ concurrency: 4, untilIdle: true }).then(() => {
    isOver = true;
  });
  await clock.advance(1_000);
  expect(await statuses()).toEqual(["failed", "completed"]);
  expect(isOver).toBe(false);
  for (const answer of held.splice(0)) answer();
  await clock.advance(1_000);
  await working;
  expect(isOver).toBe(true);
  await holdfast.close();
});

test("an idle worker takes a run of its process before the start of it is answered", async () => {
  const { clock, holdfast, begun, held, startHeld } = await openWorld();
  const stop = new AbortController();
  const working = holdfast.work({ concurrency: 1, signal: stop.signal });
  await clock.advance(1);
  let isStarted = false;
  const starting = startHeld().then(() => {
    isStarted = true;
  });
  // Less than a poll.
  await clock.advance(5);
  expect([begun, isStarted]).toEqual([["run-1"], false]);
  held.shift()?.();
  await starting;
  await clock.advance(20);
  for (const answer of held.splice(0)) answer();
  stop.abort();
  await clock.advance(1_000);
  await working;
  await holdfast.close();
});

test("a worker with many places claims half of them at a time, and all of them where the store is slow", async () => {
  const { clock, holdfast, begun, atWork, held, claimed, claims, start } = await openWorld();
  await start(100);
  const stop = new AbortController();
  const working = holdfast.work({ concurrency: 40, signal: stop.signal });
  await clock.advance(1);
  // Two halves at once: no place stays empty.
  expect([claimed, begun.length]).toEqual([[20, 20], 40]);
  claims.takeMs = 100;
  await clock.advance(500);
  for (const answer of held.splice(0)) answer();
  await clock.advance(500);
  expect(claimed.slice(2)).toContain(39);
  expect([begun.length, atWork.most]).toEqual([100, 40]);
  stop.abort();
  for (let left = 10; left > 0; left--) {
    for (const answer of held.splice(0)) answer();
    await clock.advance(1_000);
  }
  await working;
  await holdfast.close();
});
