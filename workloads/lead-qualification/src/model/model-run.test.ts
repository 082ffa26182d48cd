/** Runs whose free-text criteria a model judges. The model server with faults stands in for it, on loopback. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunHandle } from "holdfast";
import { describe, expect, test } from "vitest";
import { answerByText, HEADER, manyRows, openRuns, PROFILE } from "../run.fixture.js";

const ROWS = `${HEADER}
yes.example,Yes AS,Norway,50,Frozen fish.
no.example,No AS,Norway,50,Furniture.
maybe.example,Maybe AS,Norway,50,What does it do?
far.example,Far Ltd,Japan,50,Frozen fish.
silent.example,Silent AS,Norway,50,
`;

test("the model is asked once for each prospect with text to judge, and its reasons appear in the ranking", async () => {
  const { holdfast, workflow, input, ranked, asked } = await openRuns({ rows: ROWS, model: {} });
  const { handle, done } = await holdfast.startHere(workflow, input);
  await done;
  expect(await handle.result()).toMatchObject({
    method: "test-model",
    tiers: { A: 1, B: 2, below: 1, disqualified: 1 },
  });
  const rows = await ranked(handle);
  expect(rows.map(({ key, score, method }) => [key, score, method])).toEqual([
    ["yes.example", 100, "test-model"],
    ["maybe.example", 62.5, "test-model"],
    ["silent.example", 62.5, "rules"],
    ["no.example", 25, "test-model"],
    ["far.example", null, "rules"],
  ]);
  expect(rows.map(({ criteria }) => criteria.cold?.why)).toEqual([
    "yes: The text says so.",
    "unknown: The text says so.",
    "unknown: there is no text to judge by",
    "no: The text says so.",
    "unknown: not asked, since where failed",
  ]);
  expect(asked).toHaveLength(3);
  // The name and the columns of the criterion, but nothing else of the row.
  expect(asked.map(({ prompt }) => /<company-\w+>([\s\S]*)<\/company-/.exec(prompt)?.[1])).toContain(
    "\ncompany: Yes AS\ndescription: Frozen fish.\n",
  );
});

test("a model without a price costs an unknown amount, never nothing; with a price its sum is exact", async () => {
  const runs = await openRuns({ rows: ROWS, model: {} });
  const { handle, done } = await runs.holdfast.startHere(runs.workflow, runs.input);
  await done;
  const output = await handle.result();
  expect(output).toMatchObject({ costUsd: null, unpriced: { calls: 3, tokens: expect.any(Number) } });
  const tokens = (output.unpriced?.tokens ?? 0).toLocaleString("en-US");
  expect(await runs.summary(handle)).toContain(`Cost: unknown, ${tokens} tokens in 3 calls.`);
  const items = [];
  for await (const item of handle.items("qualify")) items.push([item.key, item.costUsd, item.unpriced?.calls ?? null]);
  expect(items).toEqual([
    ["far.example", 0, null],
    ["maybe.example", null, 1],
    ["no.example", null, 1],
    ["silent.example", 0, null],
    ["yes.example", null, 1],
  ]);
  const model = { ...(runs.input.model as NonNullable<typeof runs.input.model>), price: { inputUsd: 1, outputUsd: 1 } };
  const priced = await runs.holdfast.startHere(runs.workflow, { ...runs.input, model });
  await priced.done;
  const known = await priced.handle.result();
  expect(known.costUsd).toBe((output.unpriced?.tokens ?? 0) / 1e6);
  expect(known).not.toHaveProperty("unpriced");
});

test("other weights and tiers are ranked from recorded judgments: a fork from `rank` asks nothing", async () => {
  const { holdfast, workflow, input, ranked, asked, folder } = await openRuns({ rows: ROWS, model: {} });
  const { handle, done } = await holdfast.startHere(workflow, input);
  await done;
  const heavier = join(folder, "heavier.yaml");
  await writeFile(heavier, PROFILE.replace("weight: 3", "weight: 1").replace("B: 50", "B: 40"));
  const fork = await holdfast.runs.fork(handle.id, { from: "rank", set: { icp: heavier } });
  await holdfast.work({ untilIdle: true });
  expect((await fork.status()).status).toBe("completed");
  expect((await ranked(fork)).find(({ key }) => key === "no.example")).toMatchObject({ score: 50, tier: "B" });
  expect(asked).toHaveLength(3);
});

test("an invalid answer is requested once more; if it stays invalid, the prospect fails and is listed last", async () => {
  const faults = { script: { "*": ["invalidSchema", "ok"] } as const };
  const { holdfast, workflow, input, ranked, asked } = await openRuns({ rows: ROWS, model: { faults } });
  const repaired = await holdfast.startHere(workflow, { ...input, maxProspects: 1 });
  await repaired.done;
  expect((await ranked(repaired.handle))[0]).toMatchObject({ key: "yes.example", score: 100 });
  expect(asked).toHaveLength(2);
  const spoilt = await openRuns({ rows: ROWS, model: { faults: { invalidSchema: 1 } } });
  const failed = await spoilt.holdfast.startHere(spoilt.workflow, { ...spoilt.input, maxErrorRate: 1 });
  await failed.done;
  expect(await failed.handle.result()).toMatchObject({ tiers: { failed: 3, disqualified: 1, B: 1 } });
  const rows = await spoilt.ranked(failed.handle);
  expect(rows.slice(2).map(({ tier, rank, criteria }) => [tier, rank, criteria])).toEqual(
    Array(3).fill(["failed", null, {}]),
  );
  expect(rows[2]?.error).toMatch(/^invalid_output: /);
});

test("a budget pauses the run when it is spent, and a missing key pauses it before anything is sent", async () => {
  const { holdfast, workflow, input, asked, server } = await openRuns({
    rows: manyRows(40),
    model: {},
    apiKey: () => undefined,
  });
  const price = { inputUsd: 1_000, outputUsd: 1_000 };
  const model = { ...(input.model as NonNullable<typeof input.model>), maxOutputTokens: 50, price };
  const dear = await holdfast.startHere(workflow, { ...input, model, budgetUsd: 2 });
  await dear.done;
  expect(await dear.handle.status()).toMatchObject({ status: "paused", reason: "budget" });
  const paid = asked.length;
  expect(paid).toBeGreaterThan(0);
  expect(paid).toBeLessThan(40);
  const keyless = await holdfast.startHere(workflow, { ...input, model: { ...model, apiKeyEnv: "NOWHERE" } });
  await keyless.done;
  expect(await keyless.handle.status()).toMatchObject({ status: "paused", reason: "auth" });
  expect(server?.journal).toHaveLength(paid);
});

test("every call is a line of the run's log with its outcome", async () => {
  const { holdfast, workflow, input, folder } = await openRuns({ rows: ROWS, model: {} });
  const { handle, done } = await holdfast.startHere(workflow, { ...input, requestsPerMinute: 600 });
  await done;
  const log = await readFile(join(folder, "data", "runs", handle.id, "logs", "calls.jsonl"), "utf8");
  expect(log.trim().split("\n")).toHaveLength(3);
});

/** Short versions of half an hour and five minutes; the decision does not depend on their length. */
const IDLE = { idleTimeoutMs: 1_500, idleCheckMs: 100, maxRetries: 1 } as const;

describe("a run whose model stops answering for longer than its timeout", () => {
  /** Resolves at the n-th event of a type. */
  async function eventsOf(handle: RunHandle, type: "run.recovered", count: number): Promise<void> {
    let seen = 0;
    for await (const _ of handle.events({ follow: true, type })) if (++seen === count) return;
    throw new Error(`the run ended after ${seen} of ${count} ${type}`);
  }

  test("is recovered because it had progressed, continues where it stopped, and pays twice only for the calls that hung", async () => {
    const opened = await openRuns({ rows: manyRows(60), recovery: IDLE, model: { answer } });
    function answer(request: Parameters<typeof answerByText>[0]) {
      if (opened.asked.length === 30) opened.server?.setFaults({ hang: 1 });
      return answerByText(request);
    }
    const { holdfast, workflow, input, server, ranked } = opened;
    const handle = await holdfast.start(workflow, { ...input, concurrency: 4 });
    const stop = new AbortController();
    const working = holdfast.work({ signal: stop.signal });
    await eventsOf(handle, "run.recovered", 1);
    server?.setFaults({});
    expect((await handle.result()).prospects).toBe(60);
    stop.abort();
    await working;
    expect(await handle.status()).toMatchObject({ status: "completed", retries: 1 });
    expect(new Set((await ranked(handle)).map(({ key }) => key)).size).toBe(60);
    const answered = (server?.journal ?? []).filter(({ fault }) => fault === null);
    expect(new Set(answered.map(({ key }) => key)).size).toBe(60);
    expect(answered).toHaveLength(60);
  });

  test("fails with a reason if its retries brought no progress", async () => {
    const { holdfast, workflow, input } = await openRuns({
      rows: manyRows(9),
      recovery: IDLE,
      model: { faults: { hang: 1 } },
    });
    const handle = await holdfast.start(workflow, input);
    const stop = new AbortController();
    const working = holdfast.work({ signal: stop.signal });
    await expect(handle.result()).rejects.toThrow(/no progress for \d+ s/);
    stop.abort();
    await working;
    expect(await handle.status()).toMatchObject({ status: "failed", retries: 1 });
  });
});

test("the default policy is half an hour of idleness, checked every five minutes, and two retries", async () => {
  const { workflow } = await openRuns({ rows: ROWS });
  expect(workflow.policy).toMatchObject({
    onStall: "resume",
    idleTimeoutMs: 1_800_000,
    idleCheckMs: 300_000,
    maxRetries: 2,
    maxRecoveries: 3,
  });
});
