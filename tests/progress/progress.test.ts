/** Progress frames: over the whole run, never backwards, 1 only at the end. In virtual time. */
import type { RunProgress } from "@holdfast/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openBench } from "../errors/bench.js";

interface Step {
  readonly kind: "stage" | "map" | "stream";
  readonly count: number;
  readonly ms: number;
  /** Side by side with the step before it. */
  readonly isParallel: boolean;
}

const step = fc.record<Step>({
  kind: fc.constantFrom("stage", "map", "stream"),
  count: fc.integer({ min: 0, max: 40 }),
  ms: fc.integer({ min: 1, max: 3_000 }),
  isParallel: fc.boolean(),
});

async function openRandom(steps: readonly Step[], isDeclared: boolean) {
  const stages = steps.map((_, at) => `s${at}`);
  const opened = await openBench(
    async ({ stage, map }) => {
      const pass = (ms: number) => opened.clock.sleep(ms);
      const begin = async ({ kind, count, ms }: Step, name: string) => {
        if (kind === "stage") return void (await stage(name, () => pass(ms * 5)));
        const keys = Array.from({ length: count }, (_, n) => `n${n}`);
        const source = kind === "map" ? keys : () => keys.values();
        await map(name, source, { key: (key: string) => key, concurrency: 3 }, async (key) => {
          await pass(ms);
          return key;
        });
      };
      let waiting: Promise<void>[] = [];
      for (const [at, one] of steps.entries()) {
        if (!one.isParallel) await Promise.all(waiting.splice(0));
        waiting = [...waiting, begin(one, `s${at}`)];
      }
      await Promise.all(waiting);
    },
    isDeclared ? { stages } : {},
  );
  return opened;
}

test("over random workflows no frame goes back within a generation, even across a pause, and only the last is 1", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 20_000 }),
      async (steps, isDeclared, pauseAtMs) => {
        const opened = await openRandom(steps, isDeclared);
        const frames: RunProgress[] = [];
        const follow = async () => {
          for await (const frame of (await opened.holdfast.handle("r")).progress()) frames.push(frame);
        };
        try {
          const started = await opened.holdfast.startHere(opened.workflow, {}, { runId: "r" });
          started.done.catch(() => {});
          const first = follow();
          await opened.clock.advance(pauseAtMs);
          await opened.holdfast.runs.pause("r").catch(() => {});
          await opened.rest();
          await opened.clock.advance(10_000);
          await first;
          if ((await opened.store.getRun("r"))?.status === "paused") {
            const resumed = await opened.holdfast.resumeHere("r");
            resumed.done.catch(() => {});
            const second = follow();
            await opened.rest();
            await opened.clock.advance(10_000);
            await second;
          }
          expect((await opened.store.getRun("r"))?.status).toBe("completed");
          const fractions = frames.map(({ fraction }) => fraction);
          expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
          expect(fractions.at(-1)).toBe(1);
          expect(fractions.slice(0, -1).every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
        } finally {
          await opened.close();
        }
      },
    ),
    { numRuns: 20 },
  );
});

test("two maps before a stage are two thirds of the run, and each frame says which stage it is", async () => {
  const steps = [
    { kind: "map", count: 75, ms: 1_000, isParallel: false },
    { kind: "map", count: 75, ms: 1_000, isParallel: false },
    { kind: "stage", count: 0, ms: 2_000, isParallel: false },
  ] as const;
  const opened = await openRandom(steps, true);
  const frames: RunProgress[] = [];
  const { handle, done } = await opened.holdfast.startHere(opened.workflow, {}, { runId: "r" });
  done.catch(() => {});
  const following = (async () => {
    for await (const frame of handle.progress()) frames.push(frame);
  })();
  await opened.rest();
  const { progress } = await handle.status();
  await opened.clock.advance(10_000);
  await following;
  await opened.close();
  const inFirst = frames.filter(({ stage, total }) => stage === "s0" && total !== null);
  const inSecond = frames.filter(({ stage }) => stage === "s1");
  expect(inFirst.length).toBeGreaterThan(3);
  for (const { done: items, total, fraction } of inFirst) expect([total, fraction]).toEqual([75, items / 75 / 3]);
  for (const { fraction } of inSecond) expect(fraction).toBeGreaterThanOrEqual(1 / 3);
  expect(frames.find(({ stage }) => stage === "s2")?.fraction).toBeCloseTo(2 / 3);
  expect(progress.fraction).toBe(1);
});

test("aborting its signal ends it", async () => {
  const opened = await openRandom([{ kind: "stage", count: 0, ms: 60_000, isParallel: false }], true);
  const { handle, done } = await opened.holdfast.startHere(opened.workflow, {}, { runId: "r" });
  done.catch(() => {});
  const stop = new AbortController();
  const following = (async () => {
    for await (const _ of handle.progress({ signal: stop.signal }));
    return "ended";
  })();
  await opened.clock.advance(5_000);
  stop.abort();
  expect(await following).toBe("ended");
  await opened.close();
});
