/**
 * Progress where it could go backwards: attempts that start over, sources that grow, recorded work that a user has
 * redone, in declared and in undeclared stages. In virtual time.
 */
import { RetryLaterError, type RunProgress } from "@holdfast/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openBench } from "../errors/bench.js";

/** What the user does at the next pause. */
type Turn = "goOn" | "grow" | "redo" | "restart";

const turns = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 4_000 }),
    turn: fc.constantFrom<Turn>("goOn", "grow", "redo", "restart"),
  }),
  { maxLength: 4 },
);

async function openGrowing(isDeclared: boolean) {
  const keys = ["a", "b", "c", "d"];
  let revision = 1;
  const bench = await openBench(
    async ({ stage, map }) => {
      const pass = (ms: number) => bench.clock.sleep(ms);
      await stage("plan", { inputs: { revision } }, () => pass(200));
      await stage("train", { attempts: 4, backoff: { initialMs: 50 } }, async ({ attempt, progress }) => {
        for (let round = 1; round <= 8; round++) {
          progress(round, 8);
          await pass(100);
          // Twice it starts at 1 again.
          if (round === 6 && attempt <= 2) throw new RetryLaterError("lost", { kind: "network" });
        }
      });
      const options = { key: (key: string) => key, concurrency: 2, config: { revision } };
      await map("first", keys, options, () => pass(150));
      await map("second", keys, options, () => pass(150));
      for (let year = 1; year <= 3; year++) await stage(`year-${year}`, () => pass(100));
    },
    isDeclared ? { stages: ["plan", "train", "first", "second", "year-1", "year-2", "year-3"] } : {},
  );
  const grow = () => keys.push(`k${keys.length}`, `k${keys.length + 1}`, `k${keys.length + 2}`);
  const redo = () => revision++;
  return { ...bench, grow, redo };
}

test("neither a frame nor a status ever shows less than before within a generation", async () => {
  await fc.assert(
    fc.asyncProperty(turns, fc.boolean(), async (acts, isDeclared) => {
      const opened = await openGrowing(isDeclared);
      /** By generation, in the order in which they were seen. */
      const seen = new Map<number, number[]>();
      const see = (generation: number, fraction: number | undefined) =>
        seen.set(generation, [...(seen.get(generation) ?? []), fraction ?? Number.NaN]);
      const look = async () => {
        const { generation, progress } = await opened.holdfast.runs.get("r");
        see(generation, progress.fraction);
      };
      /** Lets time pass in steps, and looks at the run after each. */
      const pass = async (forMs: number) => {
        for (let at = 0; at < forMs; at += 100) {
          await opened.clock.advance(100);
          await look();
        }
      };
      const frames: RunProgress[] = [];
      let accept: "redo" | undefined;
      try {
        const started = await opened.holdfast.startHere(opened.workflow, {}, { runId: "r" });
        started.done.catch(() => {});
        for (const { afterMs, turn } of acts) {
          await pass(afterMs);
          await opened.holdfast.runs.pause("r").catch(() => {});
          await opened.rest();
          await look();
          if (turn === "grow") opened.grow();
          if (turn === "redo") {
            opened.redo();
            // From here on: a pause may come before what was accepted is done.
            accept = "redo";
          }
          const status = (await opened.store.getRun("r"))?.status;
          if (turn === "restart") {
            await opened.holdfast.runs.restart("r");
            await opened.holdfast.runs.pause("r");
          } else if (status === "completed") continue;
          const resumed = await opened.holdfast.resumeHere("r", accept === undefined ? {} : { accept });
          resumed.done.catch(() => {});
          await look();
        }
        const following = (async () => {
          for await (const frame of (await opened.holdfast.handle("r")).progress()) frames.push(frame);
        })();
        await pass(8_000);
        await opened.rest();
        await opened.clock.advance(1_000);
        await following;
        await look();
        expect((await opened.store.getRun("r"))?.status).toBe("completed");
        for (const fractions of [...seen.values(), frames.map(({ fraction }) => fraction)]) {
          expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
        }
        expect([...seen.values()].at(-1)?.at(-1)).toBe(1);
      } finally {
        await opened.close();
      }
    }),
    // The pause comes before what was accepted is done.
    {
      numRuns: 25,
      examples: [
        [
          [
            { afterMs: 2_301, turn: "redo" },
            { afterMs: 0, turn: "goOn" },
          ],
          false,
        ],
      ],
    },
  );
});

test("a stage's reported progress is shown as data, and a second attempt from its start does not lower it", async () => {
  const opened = await openGrowing(true);
  const frames: RunProgress[] = [];
  const { handle, done } = await opened.holdfast.startHere(opened.workflow, {}, { runId: "r" });
  done.catch(() => {});
  const following = (async () => {
    for await (const frame of handle.progress()) frames.push(frame);
  })();
  await opened.rest();
  await opened.clock.advance(5_000);
  await following;
  await opened.close();
  const inTrain = frames.filter(({ stage, total }) => stage === "train" && total === 8);
  const [first] = inTrain;
  expect(first?.fraction).toBeCloseTo((1 + (first?.done ?? 0) / 8) / 7);
  expect(inTrain.some(({ done: rounds }, at) => rounds < (inTrain[at - 1]?.done ?? 0))).toBe(true);
  const fractions = inTrain.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
});

test("values that are not numbers do no harm", async () => {
  const opened = await openBench(
    async ({ stage }) => {
      await stage("odd", ({ progress }) => {
        progress(Number.NaN, 10);
        progress(3, Number.NaN);
        progress(-1, 10);
        progress("3" as never, "ten" as never);
        progress(12, 10);
      });
      await stage("end", () => 1);
    },
    { stages: ["odd", "end"] },
  );
  const run = await opened.start();
  expect(run?.status).toBe("completed");
  const events = await opened.holdfast.runs.events("r");
  expect(events.filter(({ type }) => type === "log")).toEqual([]);
  await opened.close();
});
