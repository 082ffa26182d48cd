import { defineWorkflow } from "@holdfast/engine";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { crashTest, expectSurvivesCrashes } from "./crash-test.js";

const input = z.object({ n: z.number() });

test("a workflow whose stages tolerate repetition shows no difference at any crash point", async () => {
  const workflow = defineWorkflow({
    name: "sound",
    input,
    run: async ({ input, stage }) => {
      const doubled = await stage("double", async () => input.n * 2);
      const steps = await stage("steps", async ({ checkpoint }) => {
        const saved = (await checkpoint.get()) as { done: number } | null;
        for (let done = saved?.done ?? 0; done < 3; done++) await checkpoint.save({ done: done + 1 });
        return 3;
      });
      const retried = await stage("retried", { attempts: 3 }, async ({ attempt }) => {
        if (attempt === 1) throw new Error("not yet");
        return "in the end";
      });
      return { doubled, steps, retried };
    },
  });
  const report = await crashTest(workflow, { n: 21 });
  expect(report.differences).toEqual([]);
  expect(report.unstable).toEqual([]);
  // Starts and ends of four attempts, three checkpoints, the run's creation and its report; before and after each.
  expect(report.crashPoints).toBe(2 * (8 + 3 + 2));
});

test("a stage that counts without checking its idempotency key is found, at the crash that made it count twice", async () => {
  const charged = new Map<string, number>();
  const workflow = defineWorkflow({
    name: "charges-twice",
    input,
    run: async ({ runId, stage }) => {
      await stage("before", async () => "nothing outside");
      return stage("charge", async () => {
        charged.set(runId, (charged.get(runId) ?? 0) + 1);
        return { charges: charged.get(runId) ?? 0 };
      });
    },
  });
  const { differences, unstable } = await crashTest(workflow, { n: 1 });
  expect(unstable).toEqual([]);
  const stages = differences.filter(({ stage }) => stage !== null);
  expect(stages).toEqual([
    {
      place: { when: "before", write: "finishAttempt", stage: "charge", occurrence: 1 },
      stage: "charge",
      attempts: 2,
      expected: '{"charges":1}',
      found: '{"charges":2}',
    },
  ]);
});

test("a stage that deduplicates its effect by the idempotency key passes", async () => {
  const charged = new Set<string>();
  const workflow = defineWorkflow({
    name: "charges-once",
    input,
    run: ({ stage }) =>
      stage("charge", async ({ idempotencyKey }) => {
        charged.add(idempotencyKey);
        return { charges: [...charged].filter((key) => key === idempotencyKey).length };
      }),
  });
  expect((await crashTest(workflow, { n: 1 })).differences).toEqual([]);
});

test("a stage that returns a different value each time is reported as unstable, not as broken by a crash", async () => {
  let count = 0;
  const workflow = defineWorkflow({
    name: "unstable",
    input,
    run: ({ stage }) => stage("draw", async () => ++count),
  });
  const report = await crashTest(workflow, { n: 1 });
  expect(report.unstable).toEqual(["draw", null]);
  expect(report.differences).toEqual([]);
});

describe("a reference that contains the run's ID", () => {
  const withReceipt = (charge: (runId: string) => number, name = "receipt") =>
    defineWorkflow({
      name,
      input,
      run: async ({ runId, stage, map }) => {
        const charged = await stage("charge", async ({ artifact, idempotencyKey }) => {
          const charges = charge(runId);
          const receipt = await artifact.write("receipt.txt", "charged once");
          return { charges, receipt, key: idempotencyKey };
        });
        const sent = await map(
          "send",
          [{ id: "a" }, { id: "b" }],
          { key: "id" },
          async ({ id }) => `${id} of ${runId}`,
        );
        return { charged, sent };
      },
    });

  test("is no difference: neither the ID, nor an additional attempt, nor the digest of a map", async () => {
    const report = await crashTest(
      withReceipt(() => 1),
      { n: 1 },
    );
    expect(report).toMatchObject({ differences: [], unstable: [] });
  });

  test("does not hide a double charge beside it", async () => {
    const charged = new Map<string, number>();
    const charge = (runId: string) => {
      charged.set(runId, (charged.get(runId) ?? 0) + 1);
      return charged.get(runId) ?? 0;
    };
    const workflow = withReceipt(charge, "charges-twice-with-receipt");
    const failure = expectSurvivesCrashes(workflow, { n: 1 });
    await expect(failure).rejects.toThrow(
      /charges-twice-with-receipt does not survive.*[\s\S]*stage charge gave \{"charges":2/,
    );
    await expect(failure).rejects.toThrow(/killed before finishAttempt of stage charge \(call 1\): .* in 2 attempts/);
  });
});

describe("expectSurvivesCrashes", () => {
  let drawn = 0;
  const draws = (end: (count: number) => unknown) =>
    defineWorkflow({
      name: "draws",
      input,
      run: async ({ stage }) => {
        const count = await stage("draw", async () => ++drawn);
        return { last: await stage("last", async () => end(count) as number), count };
      },
    });

  test("returns the report of a workflow that survives", async () => {
    const workflow = defineWorkflow({
      name: "fine",
      input,
      run: ({ input, stage }) => stage("one", async () => input.n),
    });
    expect((await expectSurvivesCrashes(workflow, { n: 3 })).crashPoints).toBe(8);
  });

  test("fails on a stage that cannot be judged, and says what to do", async () => {
    const failure = expectSurvivesCrashes(
      draws(() => 1),
      { n: 1 },
    );
    await expect(failure).rejects.toThrow(/stage draw gives another result in each run.*or name it in mayVary/);
    await expect(failure).rejects.toThrow(/the run gives another result in each run/);
  });

  test("allows a named stage to vary, and with it the run's return value", async () => {
    const { unstable } = await expectSurvivesCrashes(
      draws(() => 1),
      { n: 1 },
      { mayVary: ["draw"] },
    );
    expect(unstable).toEqual(["draw", null]);
  });

  test("still judges the other stages and the run's completion if one stage may vary", async () => {
    const isRepeated = new Set<number>();
    const failsOnRepeat = draws((count) => {
      if (isRepeated.has(count)) throw new Error("charged already");
      isRepeated.add(count);
      return 1;
    });
    const failure = expectSurvivesCrashes(failsOnRepeat, { n: 1 }, { mayVary: ["draw"] });
    await expect(failure).rejects.toThrow(
      /killed before finishAttempt of stage last .*: stage last gave failed: charged already/,
    );
    await expect(failure).rejects.toThrow(/: the run gave failed/);
  });

  test("allows a named stage that gave the same value twice by chance to vary", async () => {
    const results = ["a", "a", "b", "a", "b"];
    let next = 0;
    const coin = defineWorkflow({
      name: "coin",
      input,
      run: ({ stage }) => stage("toss", async () => results[next++ % results.length]),
    });
    await expectSurvivesCrashes(coin, { n: 1 }, { mayVary: ["toss"] });
  });
});

test("stages may take real time, while waits for a retry take none", async () => {
  const workflow = defineWorkflow({
    name: "real-time",
    input,
    run: ({ input, stage }) =>
      stage("slow", { attempts: 2, backoff: { initialMs: 3_600_000, maxMs: 3_600_000 } }, async ({ attempt }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (attempt === 1) throw new Error("not yet");
        return input.n;
      }),
  });
  const report = await crashTest(workflow, { n: 4 });
  expect(report.differences).toEqual([]);
});

test("an invalid input is refused as the workflow would refuse it", async () => {
  const workflow = defineWorkflow({ name: "strict", input, run: async () => 1 });
  await expect(crashTest(workflow, { n: "one" } as never)).rejects.toMatchObject({ code: "BAD_INPUT" });
});

describe("a workflow that asks a person", () => {
  const asking = (from: (answer: { readonly by: string; readonly at: number } | null) => unknown) =>
    defineWorkflow({
      name: "asking",
      input,
      run: async ({ stage, ask, sleep }) => {
        await stage("before", async () => 1);
        await sleep("nap", "3s");
        const answer = await ask("go", { title: "Go?", schema: z.object({ go: z.boolean() }), timeoutMs: 3_000 });
        return stage("after", async () => `${from(answer)}`);
      },
    });

  test("is answered once at each crash point, and the opening of each wait is one", async () => {
    const workflow = asking((answer) => answer?.by);
    const report = await crashTest(workflow, { n: 1 }, { answers: { go: { go: true }, other: 1 } });
    expect(report).toMatchObject({ differences: [], unstable: [] });
    // The creation, two stages' starts and ends, the opening of two waits, two reports that park the run and its end.
    expect(report.crashPoints).toBe(2 * (1 + 4 + 2 + 3));
  });

  test("gets null without an answer", async () => {
    const workflow = asking((answer) => answer === null);
    expect(await crashTest(workflow, { n: 1 })).toMatchObject({ differences: [], unstable: [] });
  });

  test("fails the test with an answer that does not fit", async () => {
    const play = crashTest(
      asking(() => 1),
      { n: 1 },
      { answers: { go: { go: "yes" } } },
    );
    await expect(play).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});
