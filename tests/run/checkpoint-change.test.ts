/** Checkpoints that the schema of their stage no longer accepts: drift, found before anything is lost. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast, type Workflow } from "holdfast";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let found: unknown[] = [];
let stop = () => {};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-checkpoint-"));
  found = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const of = (schema: z.ZodType, isStopping = false) =>
  defineWorkflow({
    name: "reading",
    input: z.object({}),
    stages: ["first", "read"],
    async run({ stage }) {
      await stage("first", async () => 1);
      return stage("read", { checkpoint: schema as z.ZodType<never> }, async ({ checkpoint, signal }) => {
        found.push(await checkpoint.get());
        if (!isStopping) return "done";
        await checkpoint.save({ page: 7 } as never);
        stop();
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        return "stopped";
      });
    },
  });

const NUMBERS = z.object({ page: z.number() });
const TEXTS = z.object({ page: z.string() });

async function within<T>(workflow: Workflow, act: (holdfast: Holdfast) => Promise<T>): Promise<T> {
  const holdfast = await openHoldfast({ dataDir: folder, workflows: [workflow], stageFiles: false });
  try {
    return await act(holdfast);
  } finally {
    await holdfast.close();
  }
}

async function begin(): Promise<void> {
  const workflow = of(NUMBERS, true);
  await within(workflow, async (holdfast) => {
    const started = await holdfast.startHere(workflow, {}, { runId: "r" });
    stop = () => started.abort();
    await started.done;
    expect(await started.handle.status()).toMatchObject({ status: "paused" });
  });
  expect(found).toEqual([null]);
}

const accepted = (how: Parameters<Holdfast["resumeHere"]>[1]) =>
  within(of(TEXTS), async (holdfast) => {
    const resumed = await holdfast.resumeHere("r", how);
    await resumed.done;
    return resumed.handle.status();
  });

const DRIFT = {
  what: "checkpoint",
  stage: "read",
  was: "saved by attempt 1",
  now: expect.stringMatching(/^refused by the stage's schema \(page: .*string/),
};

test("are reported by the plan and refused by a resume, and nothing of them is lost", async () => {
  await begin();
  await within(of(TEXTS), async (holdfast) => {
    expect(await holdfast.plan("r")).toMatchObject({ drift: [DRIFT], refusal: { code: "DRIFT" } });
    await expect(holdfast.resumeHere("r")).rejects.toMatchObject({ code: "DRIFT", details: { drift: [DRIFT] } });
    await expect(holdfast.resumeHere("r", { accept: "code" })).rejects.toMatchObject({ code: "DRIFT" });
    const [view] = await holdfast.runs.checkpoint("r");
    expect(view).toMatchObject({
      isValid: false,
      sample: { page: 7 },
      problems: [{ code: "schemaMisfit", isFatal: true }],
    });
    expect((await holdfast.runs.recoveryOptions("r")).checkpoint).toMatchObject({ isValid: false });
  });
  expect(found).toEqual([null]);
});

test("pause a run that a worker claims, as drift", async () => {
  await begin();
  await within(of(NUMBERS), (holdfast) => holdfast.resume("r"));
  const run = await within(of(TEXTS), async (holdfast) => {
    await holdfast.work({ untilIdle: true });
    return (await holdfast.handle("r")).status();
  });
  expect(run).toMatchObject({ status: "paused", reason: "drift" });
  expect(found).toEqual([null]);
});

test("are read as they were saved if that is accepted, and removed if the stage is to start over", async () => {
  await begin();
  expect(await accepted({ accept: "reuse" })).toMatchObject({ status: "completed" });
  expect(found).toEqual([null, { page: 7 }]);
  await rm(folder, { recursive: true });
  found = [];
  await begin();
  expect(await accepted({ accept: "redo" })).toMatchObject({ status: "completed" });
  expect(found).toEqual([null, null]);
});

test("are valid only if that was checked: not if the workflow is unknown", async () => {
  await begin();
  const valid = await within(of(NUMBERS), async (holdfast) => (await holdfast.runs.checkpoint("r"))[0]);
  expect(valid).toMatchObject({ isValid: true, problems: [] });
  const other = defineWorkflow({ name: "other", input: z.object({}), run: async () => null });
  const unknown = await within(other as Workflow, async (holdfast) => (await holdfast.runs.checkpoint("r"))[0]);
  expect(unknown).toMatchObject({ isValid: null });
  expect(unknown?.problems.map(({ code }) => code)).toEqual(["unknownWorkflow", "schemaUnknown"]);
});

test("that still fit are returned, also by a schema that was loosened", async () => {
  await begin();
  await within(of(z.looseObject({ page: z.any() })), async (holdfast) => {
    expect((await holdfast.plan("r")).drift).toEqual([]);
    await (await holdfast.resumeHere("r")).done;
  });
  expect(found).toEqual([null, { page: 7 }]);
});
