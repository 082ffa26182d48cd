/**
 * No wake-up within a process waits for a poll. Waiters (an idle worker, `result()`, an event follower, a run that
 * needs a resource) learn of changes made by their own process, even while they are reading the store.
 *
 * The store's answers take up to 5 ms here, so that starts, ends and resumes coincide with reads in progress. Workers
 * poll every 5 s and others every 250 ms, so a lost hint costs at least five times the allowed time.
 */
import type { RunEvent } from "@holdfast/core";
import { createHoldfast, defineWorkflow, type Holdfast, MemoryArtifactStore } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import { z } from "zod";
import { VirtualClock } from "../clock/virtual-clock.js";
import { withFaults } from "../faults/store-faults.js";
import { VirtualProcess } from "../faults/virtual-process.js";
import { SeededRandom } from "./random.js";

const ANSWER_MS = 5;
const POLL_MS = 5_000;
/** Ten answers, each as late as possible. */
const ALLOWED_MS = 10 * ANSWER_MS;
const RUN_COUNT = 40;

interface Scene {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly holdfast: Holdfast;
  /** When each run began and stopped holding the resource. */
  readonly holds: { readonly fromMs: number; toMs: number }[];
  readonly workflow: ReturnType<typeof workflowOf>;
}

function workflowOf(clock: VirtualProcess["clock"], holds: Scene["holds"]) {
  return defineWorkflow({
    name: "woken",
    input: z.object({ workMs: z.number(), resource: z.boolean() }),
    stages: ["first", "second"],
    exclusive: ({ resource }) => (resource ? ["the one"] : []),
    async run({ input, stage }) {
      await stage("first", () => clock.sleep(input.workMs));
      await stage("second", async () => {
        if (!input.resource) return;
        const hold = { fromMs: clock.monotonicMs(), toMs: Number.NaN };
        holds.push(hold);
        await clock.sleep(10);
        hold.toMs = clock.monotonicMs();
      });
      return null;
    },
  });
}

/** One process over its own store, with one worker. */
async function play(seed: number, concurrency: number, act: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const process = new VirtualProcess(clock.view());
  const inner = await openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock, random: random.next });
  const latency = random.fork();
  const choose = () => ({ kind: "delayAnswer", ms: latency.int(0, ANSWER_MS) }) as const;
  const holds: Scene["holds"] = [];
  const workflow = workflowOf(process.clock, holds);
  const holdfast = createHoldfast({
    store: withFaults(inner, { process, network: clock, choose }),
    workflows: [workflow],
    dataDir: "/nowhere",
    artifacts: new MemoryArtifactStore(),
    stageFiles: false,
    clock: process.clock,
    random: random.fork().next,
    pollMs: POLL_MS,
    scanMs: 60_000,
  });
  const stop = new AbortController();
  const worked = holdfast.work({ concurrency, signal: stop.signal });
  let isDone = false;
  const acted = act({ clock, random, holdfast, holds, workflow }).then(() => {
    isDone = true;
  });
  acted.catch(() => {
    isDone = true;
  });
  expect(await clock.runUntil(() => isDone, { virtualMsMax: 3_600_000 })).toBe(true);
  await acted;
  stop.abort();
  await clock.advance(60_000);
  await worked;
  await inner.close();
}

/** As many callers as places, each starting one run after another, so there is always a place for a started run. */
async function callSideBySide(count: number, call: () => Promise<void>): Promise<void> {
  let begun = 0;
  const loop = async () => {
    while (begun++ < RUN_COUNT) await call();
  };
  await Promise.all(Array.from({ length: count }, loop));
}

const DUE: ReadonlySet<RunEvent["type"]> = new Set(["run.created", "run.resumed"]);

for (const concurrency of [1, 4, 16]) {
  test(`${concurrency} at a time: a start, a resume, an end and an event wake their waiters`, async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const late: string[] = [];
      const claims: number[] = [];
      await play(seed, concurrency, async ({ clock, random, holdfast, workflow }) => {
        const note = (what: string, sinceMs: number) => {
          const tookMs = clock.nowMs() - sinceMs;
          if (tookMs > ALLOWED_MS) late.push(`seed ${seed}: ${what} after ${tookMs} ms`);
        };
        const follow = async (events: AsyncIterable<RunEvent>) => {
          let dueAt: number | null = null;
          for await (const event of events) {
            note(`${event.type} was seen`, event.at);
            if (DUE.has(event.type)) dueAt = event.at;
            if (event.type !== "run.claimed" || dueAt === null) continue;
            claims.push(event.at - dueAt);
            dueAt = null;
          }
        };
        await callSideBySide(concurrency, async () => {
          const isPaused = random.chance(0.3);
          const input = { workMs: random.pick([0, 0, 7, 300]), resource: false };
          const handle = await holdfast.start(workflow, input, isPaused ? { through: "first" } : {});
          const following = follow(handle.events({ follow: true, throughPauses: true }));
          const ended = await handle.result().then(
            () => "completed",
            () => "paused",
          );
          note(`result() of a run that ${ended}`, (await holdfast.runs.get(handle.id)).updatedAt);
          if (isPaused) {
            await clock.sleep(random.int(0, 20));
            await holdfast.resume(handle.id);
            await handle.result();
            note("result() after a resume", (await holdfast.runs.get(handle.id)).updatedAt);
          }
          await following;
        });
      });
      expect(late).toEqual([]);
      expect(claims.length).toBeGreaterThanOrEqual(RUN_COUNT);
      expect(Math.max(...claims)).toBeLessThanOrEqual(ALLOWED_MS);
    }
  });
}

test("a resource freed by a run of the process is taken by the next run at once", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    await play(seed, 8, async ({ random, holdfast, holds, workflow }) => {
      const inputs = Array.from({ length: 8 }, () => ({ workMs: random.int(0, 9), resource: true }));
      const handles = await Promise.all(inputs.map((input) => holdfast.start(workflow, input)));
      await Promise.all(handles.map((handle) => handle.result()));
      const gaps = holds.slice(1).map(({ fromMs }, i) => fromMs - (holds[i] as { toMs: number }).toMs);
      expect(gaps).toHaveLength(7);
      // The next run's first stage also lies between.
      expect(Math.max(...gaps), `seed ${seed}`).toBeLessThanOrEqual(ALLOWED_MS + 9 + 20);
    });
  }
});
