import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { PauseRunError, RetryLaterError } from "@holdfast/core";
import { defineWorkflow, type Workflow } from "@holdfast/engine";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { testHoldfast } from "./test-holdfast.js";

const derive = promisify(pbkdf2);
const input = z.object({});

// biome-ignore lint/suspicious/noExplicitAny: workflows of any input and output
async function open(...workflows: Workflow<any, any, any>[]) {
  const holdfast = await testHoldfast({ workflows });
  onTestFinished(() => holdfast.close());
  return holdfast;
}

test("a started run executes at once, without time passing", async () => {
  const add = defineWorkflow({ name: "add", input, run: ({ stage }) => stage("one", async () => 1) });
  const holdfast = await open(add);
  const beganMs = holdfast.clock.nowMs();
  const handle = await holdfast.start(add, {});
  expect(await handle.result()).toBe(1);
  expect(holdfast.clock.nowMs()).toBe(beganMs);
});

test("a backoff has its full length: the attempt follows at that instant, and not a millisecond before", async () => {
  let attempts = 0;
  const flaky = defineWorkflow({
    name: "flaky",
    input,
    run: ({ stage }) =>
      stage(
        "call",
        { attempts: 3, backoff: { initialMs: 60_000, maxMs: 600_000, factor: 10 } },
        async ({ attempt }) => {
          attempts = attempt;
          if (attempt < 3) throw new Error("not yet");
          return attempt;
        },
      ),
  });
  const holdfast = await open(flaky);
  const handle = await holdfast.start(flaky, {});
  const seen: number[] = [];
  for (const by of [0, 59_999, 1, "599s", "1s"] as const) {
    await holdfast.clock.advance(by);
    seen.push(attempts);
  }
  expect(seen).toEqual([1, 1, 2, 2, 3]);
  expect(await handle.result()).toBe(3);
});

test("a day of waiting takes moments, even while a caller awaits the result", async () => {
  const slow = defineWorkflow({
    name: "slow",
    input,
    run: ({ stage }) =>
      stage("call", { attempts: 2, backoff: { initialMs: 86_400_000, maxMs: 86_400_000 } }, async ({ attempt }) => {
        if (attempt === 1) throw new Error("not yet");
        return "at last";
      }),
  });
  const holdfast = await open(slow);
  const handle = await holdfast.start(slow, {});
  const result = handle.result();
  await holdfast.clock.advance("1d");
  expect(await result).toBe("at last");
});

test("a paused run wakes at its instant", async () => {
  let isOpen = false;
  const later = defineWorkflow({
    name: "later",
    input,
    run: ({ stage }) =>
      stage("call", async () => {
        if (!isOpen) throw new PauseRunError("closed", { reason: "closed", afterMs: 3_600_000 });
        return "open";
      }),
  });
  const holdfast = await open(later);
  const handle = await holdfast.start(later, {});
  await holdfast.clock.advance(3_599_999);
  isOpen = true;
  expect(await holdfast.runs.get(handle.id)).toMatchObject({ status: "paused", reason: "closed" });
  await holdfast.clock.advance(1);
  expect(await holdfast.runs.get(handle.id)).toMatchObject({ status: "completed", output: "open" });
});

test("the code of a stage takes real time, for which the clock waits", async () => {
  const real = defineWorkflow({
    name: "real",
    input,
    async run({ stage }) {
      for (const name of ["first", "second"]) {
        await stage(name, { attempts: 2, backoff: { initialMs: 3_600_000, maxMs: 3_600_000 } }, async ({ attempt }) => {
          // A few milliseconds on another thread: a child process takes longer than the clock waits where the cores are busy.
          await derive("a", "b", 10_000, 32, "sha256");
          if (attempt === 1) throw new RetryLaterError("not yet");
        });
      }
    },
  });
  const holdfast = await open(real);
  const handle = await holdfast.start(real, {});
  await holdfast.clock.advance("2h");
  expect((await holdfast.runs.get(handle.id)).status).toBe("completed");
});

test("a stage that waits for a deadline on the clock does not block the clock", async () => {
  const hangs = defineWorkflow({
    name: "hangs",
    input,
    run: ({ stage }) =>
      stage(
        "hang",
        { timeoutMs: 60_000, attempts: 1 },
        ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
          }),
      ),
  });
  const holdfast = await open(hangs);
  const handle = await holdfast.start(hangs, {});
  await holdfast.clock.advance("2m");
  expect((await holdfast.runs.get(handle.id)).status).toBe("failed");
});

test("closing ends a run in progress, and two Holdfast instances share nothing", async () => {
  const endless = defineWorkflow({
    name: "endless",
    input,
    run: ({ stage }) =>
      stage(
        "wait",
        ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      ),
  });
  const [one, other] = [await open(endless), await open(endless)];
  await one.start(endless, {}, { runId: "r" });
  await one.clock.advance(0);
  expect(await other.runs.list()).toMatchObject({ rows: [] });
  expect(other.clock.nowMs()).toBe(one.clock.nowMs());
  await one.close();
  await one.close();
});

test.each([-1, "soon", "5 s", Number.NaN])("an advance by %j is refused", async (by) => {
  const holdfast = await open();
  await expect(holdfast.clock.advance(by as never)).rejects.toMatchObject({ code: "WRONG_USE" });
});
