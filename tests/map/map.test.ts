/** The durable map through the library, with a real store: one process, a store in memory, and a folder of its own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineWorkflow,
  type Holdfast,
  type ItemContext,
  type MapOptions,
  openHoldfast,
  type Workflow,
} from "holdfast";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let opened: Holdfast[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-map-"));
});
afterEach(async () => {
  for (const holdfast of opened) await holdfast.close();
  opened = [];
  await rm(folder, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: a workflow of any input
async function open(workflow: Workflow<any, any, any>): Promise<Holdfast> {
  const holdfast = await openHoldfast({
    url: `sqlite:${join(folder, "map.db")}`,
    dataDir: folder,
    workflows: [workflow],
    stopGraceMs: 6_000,
  });
  opened.push(holdfast);
  return holdfast;
}

type Options = MapOptions<unknown> & { readonly limit?: number | undefined };
interface Call {
  readonly key: string;
  readonly attempt: number;
}

/** A map over the numbers below `count`, with the options and function of each test. */
function numbers(count: number, options: () => Options, fn: (n: number, context: ItemContext<unknown>) => unknown) {
  const calls: Call[] = [];
  const workflow = defineWorkflow({
    name: "numbers",
    input: z.object({}),
    stages: ["each", "sum"],
    async run({ map, stage }) {
      const source = () => Array.from({ length: count }, (_, n) => n);
      const ref = await map("each", source, { ...options(), key: (n: number) => `n${n}` }, async (n, context) => {
        calls.push({ key: context.key, attempt: context.attempt });
        return (await fn(n, context)) as number;
      });
      return stage("sum", { inputs: { ref } }, async ({ results }) => {
        let sum = 0;
        for await (const result of results(ref)) if (result.outcome === "ok") sum += result.output;
        return { sum, failed: ref.failed, total: ref.total };
      });
    },
  });
  return { workflow, calls };
}

async function finished(run: {
  done: Promise<void>;
  handle: { status: () => Promise<{ status: string; reason: string | null; output: unknown }> };
}) {
  await run.done;
  const { status, reason, output } = await run.handle.status();
  return { status, reason, output };
}

const keysOf = (calls: readonly Call[]) => calls.map(({ key }) => key).sort();

describe("a map", () => {
  test("counts exactly when rows have holes, also across an interruption", async () => {
    const file = join(folder, "rows.csv");
    const rows = Array.from({ length: 300 }, (_, i) => `r${i},${i % 4 === 0 ? "" : `a${i}`},b${i}`);
    await writeFile(file, `id,a,b\n${rows.join("\n")}\n`);
    const row = z.object({ id: z.string(), a: z.string().nullable(), b: z.string().nullable() });
    const seen: string[] = [];
    let stopAfter = 100;
    let stop = () => {};
    const workflow = defineWorkflow({
      name: "holes",
      input: z.object({}),
      async run({ stage, map }) {
        const cases = await stage("ingest", ({ dataset }) => dataset.ingest("rows", file, { key: "id", schema: row }));
        const expand = {
          parts: ["a", "b"],
          item: (given: z.output<typeof row>, part: string) => given[part as "a" | "b"],
        };
        return map("each", cases, { expand, concurrency: 4, batch: { results: 10 } }, (text, { key }) => {
          seen.push(key);
          if (--stopAfter === 0) stop();
          return text.length;
        });
      },
    });
    const holdfast = await open(workflow);
    const first = await holdfast.startHere(workflow, {}, { runId: "r" });
    stop = () => first.drain();
    expect(await finished(first)).toMatchObject({ status: "paused" });
    expect(seen.length).toBeLessThan(525);
    const ended = await finished(await holdfast.resumeHere("r"));
    expect(ended).toMatchObject({ status: "completed", output: { total: 525, ok: 525, failed: 0 } });
    expect([seen.length, new Set(seen).size]).toEqual([525, 525]);
    expect((await holdfast.runs.get("r")).progress).toMatchObject({ done: 525, total: 525 });
  });

  test("pauses at its budget and continues when it is raised", async () => {
    let usd = 0.5;
    const { workflow, calls } = numbers(
      100,
      () => ({ budget: { usd }, concurrency: 4 }),
      (n, { spend }) => spend(0.02, () => Promise.resolve({ value: n, usd: 0.01 })),
    );
    const holdfast = await open(workflow);
    expect(await finished(await holdfast.startHere(workflow, {}, { runId: "r" }))).toMatchObject({
      status: "paused",
      reason: "budget",
    });
    const spent = (await holdfast.store.getMap("r" as never, "each"))?.cost.nanos ?? 0;
    expect(spent).toBeGreaterThan(400_000_000);
    expect(spent).toBeLessThanOrEqual(500_000_000);
    usd = 2;
    expect(await finished(await holdfast.resumeHere("r"))).toMatchObject({
      status: "completed",
      output: { sum: 4950 },
    });
    expect((await holdfast.store.getMap("r" as never, "each"))?.cost.nanos).toBe(1_000_000_000);
    // An item that the budget refused was not called, so its try does not count.
    expect(new Set(keysOf(calls)).size).toBe(100);
  });

  test("when what its results depend on has changed: refuses, and reuses or redoes stale results as accepted", async () => {
    let prompt = "one";
    let stop = () => {};
    const { workflow, calls } = numbers(
      40,
      () => ({ config: { prompt }, concurrency: 2, batch: { results: 1 } }),
      (n) => {
        if (n === 20) stop();
        return n;
      },
    );
    const holdfast = await open(workflow);
    const first = await holdfast.startHere(workflow, {}, { runId: "r" });
    stop = () => first.drain();
    expect(await finished(first)).toMatchObject({ status: "paused" });
    stop = () => {};
    const before = calls.length;
    prompt = "two";
    await expect(holdfast.resumeHere("r")).rejects.toMatchObject({ code: "DRIFT" });
    expect(calls.length).toBe(before);
    const ended = await finished(await holdfast.resumeHere("r", { accept: "redo" }));
    expect(ended).toMatchObject({ status: "completed", output: { total: 40, sum: 780 } });
    expect(calls.length - before).toBe(40);
    for await (const item of (await holdfast.handle("r")).items("each")) {
      expect(item.attempts).toBe(keysOf(calls).filter((key) => key === item.key).length);
    }
  });

  test("applies what is accepted to a changed source: existing results are kept by key, changed items are redone, new ones are done", async () => {
    let file = join(folder, "first.csv");
    const write = (rows: readonly string[]) => writeFile(file, `id,a\n${rows.join("\n")}\n`);
    const row = z.object({ id: z.string(), a: z.string() });
    const calls: string[] = [];
    let isFirst = true;
    let stop = () => {};
    const workflow = defineWorkflow({
      name: "changed",
      input: z.object({}),
      async run({ stage, map }) {
        const cases = await stage("ingest", { inputs: { file } }, ({ dataset }) =>
          dataset.ingest("rows", file, { key: "id", schema: row }),
        );
        return map("each", cases, { concurrency: 1, batch: { results: 1 } }, ({ id, a }) => {
          calls.push(id);
          if (isFirst && id === "r7") stop();
          return a;
        });
      },
    });
    await write(Array.from({ length: 12 }, (_, i) => `r${i},old`));
    const holdfast = await open(workflow);
    const first = await holdfast.startHere(workflow, {}, { runId: "r" });
    stop = () => first.drain();
    expect(await finished(first)).toMatchObject({ status: "paused" });
    isFirst = false;
    const before = calls.length;
    // A new first row changes every position; one row changes; two are new.
    file = join(folder, "second.csv");
    await write(["new0,new", ...Array.from({ length: 13 }, (_, i) => `r${i},${i === 2 ? "changed" : "old"}`)]);
    await expect(holdfast.resumeHere("r")).rejects.toMatchObject({ code: "DRIFT" });
    expect(calls.length).toBe(before);
    const ended = await finished(await holdfast.resumeHere("r", { accept: "redo" }));
    expect(ended).toMatchObject({ status: "completed", output: { total: 14, ok: 14 } });
    expect(calls.slice(before)).toEqual(["new0", "r2", ...[8, 9, 10, 11, 12].map((i) => `r${i}`)]);
  });

  test("redoes the listed items of a finished map, and the stage that depends on it", async () => {
    let add = 0;
    const { workflow, calls } = numbers(
      30,
      () => ({}),
      (n) => n + add,
    );
    const holdfast = await open(workflow);
    expect(await finished(await holdfast.startHere(workflow, {}, { runId: "r" }))).toMatchObject({
      output: { sum: 435 },
    });
    calls.length = 0;
    add = 100;
    const ended = await finished(await holdfast.resumeHere("r", { only: `keys:${JSON.stringify(["n3", "n7"])}` }));
    expect([keysOf(calls), ended.output]).toEqual([["n3", "n7"], { sum: 635, failed: 0, total: 30 }]);
  });

  test("fails when more items failed than allowed, and retries only those", async () => {
    let isBroken = true;
    const { workflow, calls } = numbers(
      50,
      () => ({ maxFailed: 2 }),
      (n) => {
        if (isBroken && n % 10 === 0) throw new Error(`no ${n}`);
        return n;
      },
    );
    const holdfast = await open(workflow);
    expect(await finished(await holdfast.startHere(workflow, {}, { runId: "r" }))).toMatchObject({
      status: "failed",
      reason: "items_failed",
    });
    calls.length = 0;
    isBroken = false;
    const plan = await holdfast.plan("r", { only: "errors" });
    expect(plan.maps).toMatchObject([{ stage: "each", keep: 45, missing: 0, errors: { other: 5 }, calls: 5 }]);
    const ended = await finished(await holdfast.resumeHere("r", { only: "errors", plan }));
    expect([calls, ended.status]).toEqual([
      [0, 10, 20, 30, 40].map((n) => ({ key: `n${n}`, attempt: 2 })),
      "completed",
    ]);
  });

  test("does not treat an interruption as a failure of its items", async () => {
    let stop = () => {};
    let isWaiting = true;
    const { workflow, calls } = numbers(
      10,
      () => ({ concurrency: 2, attempts: 1 }),
      async (n, { signal }) => {
        if (isWaiting && n === 4) {
          stop();
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("cut off"))));
        }
        return n;
      },
    );
    const holdfast = await open(workflow);
    const first = await holdfast.startHere(workflow, {}, { runId: "r" });
    stop = () => first.abort();
    expect(await finished(first)).toMatchObject({ status: "paused" });
    isWaiting = false;
    const [planned] = (await holdfast.plan("r")).maps;
    expect(planned?.errors).toEqual({});
    // The one that was interrupted, and not one that was announced behind it and never called.
    expect(planned?.maybeCharged).toBe(1);
    expect(await finished(await holdfast.resumeHere("r"))).toMatchObject({
      status: "completed",
      output: { failed: 0 },
    });
    expect(calls.filter(({ key }) => key === "n4").map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("keeps paid results when its run is cancelled, and adopts them when it continues", async () => {
    let answer = () => {};
    let cancel: () => Promise<void> = () => Promise.resolve();
    let isFirst = true;
    const { workflow, calls } = numbers(
      6,
      () => ({ concurrency: 2, batch: { results: 1 } }),
      (n, { spend }) =>
        spend(0.1, async () => {
          if (isFirst && n === 2) {
            isFirst = false;
            const answered = new Promise<void>((resolve) => {
              answer = resolve;
            });
            await cancel();
            await answered;
          }
          return { value: n, usd: 0.1 };
        }),
    );
    const holdfast = await open(workflow);
    const first = await holdfast.startHere(workflow, {}, { runId: "r" });
    cancel = async () => {
      await holdfast.runs.cancel("r");
      setImmediate(() => answer());
    };
    expect(await finished(first)).toMatchObject({ status: "cancelled" });
    expect(await finished(await holdfast.resumeHere("r"))).toMatchObject({ status: "completed", output: { sum: 15 } });
    expect(keysOf(calls)).toEqual(["n0", "n1", "n2", "n3", "n4", "n5"]);
  });

  test("fails the run with the source's error when it throws, and keeps what is done", async () => {
    let isBroken = true;
    const done: number[] = [];
    const workflow = defineWorkflow({
      name: "broken",
      input: z.object({}),
      run: ({ map }) =>
        map(
          "each",
          function* () {
            for (let n = 0; n < 1_000; n++) {
              if (isBroken && n === 700) throw new Error("the source broke");
              yield n;
            }
          },
          { key: (n: number) => `n${n}` },
          (n) => {
            done.push(n);
            return n;
          },
        ),
    });
    const holdfast = await open(workflow);
    const first = await holdfast.startHere(workflow, {}, { runId: "r" });
    await first.done;
    expect(await first.handle.status()).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("the source broke") },
    });
    isBroken = false;
    expect(await finished(await holdfast.resumeHere("r"))).toMatchObject({
      status: "completed",
      output: { total: 1_000 },
    });
    expect([done.length, new Set(done).size]).toEqual([1_000, 1_000]);
  });

  test("redoes every item after a restart, and counts from zero", async () => {
    const { workflow, calls } = numbers(
      20,
      () => ({}),
      (n) => n,
    );
    const holdfast = await open(workflow);
    await finished(await holdfast.startHere(workflow, {}, { runId: "r" }));
    await holdfast.runs.restart("r");
    await holdfast.work({ untilIdle: true });
    expect([calls.length, (await holdfast.runs.get("r")).progress]).toEqual([
      40,
      expect.objectContaining({ done: 20, total: 20 }),
    ]);
  });
});
