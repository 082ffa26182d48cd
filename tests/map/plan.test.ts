/** Plans of resumes through the library, with a real store: the effects of a changed input, and listed keys. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let holdfast: Holdfast;
const calls: string[] = [];

const row = z.object({ id: z.string(), a: z.string() });
const workflow = defineWorkflow({
  name: "judge",
  input: z.object({ prompt: z.string(), note: z.string(), limit: z.number().default(100) }),
  stages: ["read", "judge", "score", "tell"],
  async run({ input, stage, map }) {
    const rows = await stage("read", ({ dataset }) =>
      dataset.ingest("rows", join(folder, "rows.csv"), { key: "id", schema: row }),
    );
    const results = await map(
      "judge",
      rows,
      {
        expand: { parts: ["a"], item: (given) => (given.a === "" ? null : given.a) },
        config: { prompt: input.prompt },
        limit: input.limit,
        maxFailed: 10,
      },
      (text, { key }) => {
        calls.push(key);
        if (text === "fails") throw new Error("no");
        return text.length;
      },
    );
    const score = await stage("score", { inputs: { results } }, async () => 1);
    return stage("tell", { inputs: { note: input.note } }, async () => score);
  },
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-plan-"));
  calls.length = 0;
  const rows = Array.from({ length: 12 }, (_, i) => `r${i},${i % 4 === 0 ? "fails" : `text ${i}`}`);
  await writeFile(join(folder, "rows.csv"), `id,a\n${rows.join("\n")}\n`);
  holdfast = await openHoldfast({ dataDir: folder, workflows: [workflow], stageFiles: false });
  const run = await holdfast.startHere(workflow, { prompt: "one", note: "n" }, { runId: "r" });
  await run.done;
});
afterEach(async () => {
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a plan under a changed input", () => {
  const changed = { prompt: "two", note: "n" };

  test("says which map's config and which stages' inputs change with it, and what a redo would call", async () => {
    const asked = { only: "stale", input: changed } as const;
    const plan = await holdfast.plan("r", asked);
    // What follows from items that are redone on purpose needs no separate acceptance.
    expect(plan.drift.map(({ what, stage }) => [what, stage])).toEqual([["config", "judge"]]);
    expect([plan.refusal?.code, plan.redoes]).toEqual(["DRIFT", []]);
    expect(plan.maps).toMatchObject([{ stage: "judge", stale: 12, items: 0, calls: 0, keep: 12 }]);
    const redo = await holdfast.plan("r", { ...asked, accept: "redo" });
    expect(redo.maps).toMatchObject([{ stage: "judge", stale: 12, items: 12, calls: 12, keep: 0 }]);
    // Whether `tell` is still up to date depends on what `score` returns.
    expect([redo.keeps, redo.redoes, redo.unknown]).toEqual([["read"], ["judge", "score"], ["tell"]]);
    // Planning called no item and no stage.
    expect(calls.length).toBe(12);
    const run = await holdfast.resumeHere("r", { ...asked, accept: "redo", plan: redo });
    await run.done;
    expect((await run.handle.status()).status).toBe("completed");
    expect(calls.length).toBe(24);
  });

  test("counts failed and stale items once when both are redone", async () => {
    const plan = await holdfast.plan("r", { only: "errors", accept: "redo", input: changed });
    expect(plan.maps).toMatchObject([{ stale: 12, errors: { other: 3 }, calls: 12, keep: 0 }]);
    const errors = await holdfast.plan("r", { only: "errors", input: { prompt: "one", note: "other" } });
    expect(errors.drift.map(({ what, stage }) => [what, stage])).toEqual([["inputs", "tell"]]);
    expect(errors.maps).toMatchObject([{ stale: 0, calls: 3, keep: 9 }]);
  });

  test("is applied only with that input, and finds no change in an equal one", async () => {
    const plan = await holdfast.plan("r", { only: "stale", accept: "redo", input: changed });
    const other = { only: "stale", accept: "redo", input: { prompt: "three", note: "n" }, plan } as const;
    await expect(holdfast.resumeHere("r", other)).rejects.toMatchObject({ code: "PLAN_STALE" });
    const { plan: _, ...rest } = { ...other, input: undefined };
    await expect(holdfast.resumeHere("r", { ...rest, plan })).rejects.toMatchObject({ code: "PLAN_STALE" });
    const same = await holdfast.plan("r", { only: "stale", input: { prompt: "one", note: "n", limit: 100 } });
    expect([same.drift, same.digest]).toEqual([[], (await holdfast.plan("r", { only: "stale" })).digest]);
  });
});

describe("listed keys", () => {
  const only = (keys: readonly string[]) => `keys:${JSON.stringify(keys)}` as const;

  test("that belong to no item are reported separately and not counted as calls", async () => {
    const plan = await holdfast.plan("r", { only: only(["r1:a", "r2", "r3:b", "nobody:a"]) });
    expect(plan.unknownKeys).toEqual({ count: 3, first: ["r2", "r3:b", "nobody:a"] });
    expect(plan.maps).toMatchObject([{ calls: 1, keep: 11 }]);
    const run = await holdfast.resumeHere("r", { only: only(["r1:a", "r2"]) });
    await run.done;
    expect(calls.slice(12)).toEqual(["r1:a"]);
  });

  test("of which none belongs to an item are refused, and nothing is changed", async () => {
    const { head } = await holdfast.runs.get("r");
    const refusal = holdfast.resumeHere("r", { only: only(["r1", "x"]) });
    await expect(refusal).rejects.toThrow('no item with any of the 2 listed keys; the first is "r1"');
    await expect(holdfast.resume("r", { only: only(["x"]) })).rejects.toMatchObject({ code: "WRONG_USE" });
    expect((await holdfast.runs.get("r")).head).toBe(head);
  });

  test("of items without a result count as calls", async () => {
    const stopped = await holdfast.startHere(workflow, { prompt: "one", note: "n" }, { runId: "s", through: "read" });
    await stopped.done;
    const before = await holdfast.plan("s", { only: only(["r1:a"]) });
    // Its map has not begun, so it is not known yet which keys belong to no item. Those of the dataset that it will
    // read are known.
    expect([before.unknownKeys.count, before.itemCalls]).toEqual([0, 1]);
    expect(before.ending).toEqual({ status: "paused", reason: "11 items are missing" });
    const part = await holdfast.startHere(workflow, { prompt: "one", note: "n", limit: 5 }, { runId: "t" });
    await part.done;
    expect((await holdfast.plan("t", { only: only(["r1:a", "r9:b"]) })).maps).toMatchObject([{ calls: 1 }]);
  });
});
