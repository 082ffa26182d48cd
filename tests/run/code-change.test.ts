/** Runs that continue with other code than they were recorded with: reported or refused, and never by mistake. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineWorkflow, type Holdfast, openHoldfast, type Workflow } from "holdfast";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let loads = 0;

/** The file as an edit leaves it. The module itself calls `defineWorkflow`, so that its file is the one of the call. */
const moduleOf = (change: { readonly answer?: number; readonly more?: string; readonly spaces?: string } = {}) => `
export default (defineWorkflow, input) => defineWorkflow({
  name: "adding",${change.more ?? ""}
  input,
  stages: ["one", "two"],
  async run({ stage }) {${change.spaces ?? ""}
    const one = await stage("one", async () => 1);
    return stage("two", async () => one + ${change.answer ?? 1});
  },
});
`;

async function load(change?: Parameters<typeof moduleOf>[0], name = "adding.mjs"): Promise<Workflow> {
  const path = join(folder, name);
  await writeFile(path, moduleOf(change));
  const { default: make } = await import(/* @vite-ignore */ `${pathToFileURL(path)}?${++loads}`);
  return make(defineWorkflow, z.object({}));
}

const open = (workflow: Workflow) => openHoldfast({ dataDir: folder, workflows: [workflow], stageFiles: false });

async function within<T>(workflow: Workflow, act: (holdfast: Holdfast) => Promise<T>): Promise<T> {
  const holdfast = await open(workflow);
  try {
    return await act(holdfast);
  } finally {
    await holdfast.close();
  }
}

/** The first stage is recorded, the second is not. */
async function begin(workflow: Workflow): Promise<void> {
  await within(workflow, async (holdfast) => {
    await (await holdfast.startHere(workflow, {}, { runId: "r", through: "one" })).done;
  });
}

const finish = (workflow: Workflow, how: Parameters<Holdfast["resumeHere"]>[1] = {}) =>
  within(workflow, async (holdfast) => {
    const { drift } = await holdfast.plan("r", how);
    const resumed = await holdfast.resumeHere("r", how);
    await resumed.done;
    const told = (await holdfast.runs.events("r")).filter(({ type }) => type === "drift.accepted");
    return { drift, told: told.map(({ data }) => data), run: await resumed.handle.status() };
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-code-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("changed code is reported once by the plan and in the history, and the run continues", async () => {
  await begin(await load());
  const { drift, told, run } = await finish(await load({ answer: 2 }));
  const change = { what: "code", was: expect.stringMatching(/^files [0-9a-f]{12}$/), now: expect.any(String) };
  expect(drift).toEqual([change]);
  expect(told).toEqual([{ drift: [change], as: "told", by: expect.any(String) }]);
  expect(run).toMatchObject({ status: "completed", output: 3, code: expect.stringMatching(/^js:/) });
});

test("refused if the workflow says so: by a resume until it is accepted, and as drift by a worker", async () => {
  const more = ' onCodeChange: "refuse",';
  await begin(await load({ more }));
  const other = await load({ more, answer: 2 });
  await within(other, async (holdfast) => {
    expect((await holdfast.plan("r")).refusal).toMatchObject({ code: "DRIFT" });
    await expect(holdfast.resumeHere("r")).rejects.toMatchObject({ code: "DRIFT" });
    await expect(holdfast.resume("r")).rejects.toMatchObject({ code: "DRIFT" });
  });
  // Queued by a process that had the earlier code, claimed by one that does not.
  await within(await load({ more }), (holdfast) => holdfast.resume("r"));
  const paused = await within(await load({ more, answer: 2 }), async (holdfast) => {
    await holdfast.work({ untilIdle: true });
    return (await holdfast.handle("r")).status();
  });
  expect(paused).toMatchObject({ status: "paused", reason: "drift" });
  const { told, run } = await finish(other, { accept: "code" });
  expect(told).toMatchObject([{ drift: [{ what: "code" }], as: "code" }]);
  expect(run).toMatchObject({ status: "completed", output: 3 });
});

test("unchanged code is not reported: saved again, moved, reformatted, or before anything was recorded", async () => {
  const first = await load();
  await within(first, (holdfast) => holdfast.start(first, {}, { runId: "queued" }).then(() => undefined));
  await begin(first);
  for (const again of [await load(), await load({}, "elsewhere.mjs"), await load({ spaces: "\n\n\t" })]) {
    expect(await within(again, async (holdfast) => (await holdfast.plan("r")).drift)).toEqual([]);
  }
  const { told, run } = await finish(await load({ spaces: " " }, "moved.mjs"));
  expect([told, run.status]).toEqual([[], "completed"]);
  const other = await load({ answer: 5 });
  const events = await within(other, async (holdfast) => {
    await holdfast.work({ untilIdle: true });
    return holdfast.runs.events("queued");
  });
  expect(events.map(({ type }) => type)).toContain("run.completed");
  expect(events.map(({ type }) => type)).not.toContain("drift.accepted");
});

test("a restart begins with the current code", async () => {
  await begin(await load());
  const other = await load({ answer: 2 });
  const run = await within(other, async (holdfast) => {
    await holdfast.runs.restart("r");
    await holdfast.work({ untilIdle: true });
    return { view: await (await holdfast.handle("r")).status(), events: await holdfast.runs.events("r") };
  });
  expect(run.view).toMatchObject({ status: "completed", output: 3 });
  expect(run.events.map(({ type }) => type)).not.toContain("drift.accepted");
});

test("onCodeChange accepts only its own values", async () => {
  await expect(load({ more: ' onCodeChange: "ask",' })).rejects.toMatchObject({ code: "WRONG_USE" });
});

test("a child process has the same code as its parent, and its reader of dataset files", async () => {
  const module = new URL("../cli/fixture/isolated-workflows.mjs", import.meta.url);
  const { adding, where, reading } = (await import(module.href)) as Record<"adding" | "where" | "reading", Workflow>;
  const holdfast = await openHoldfast({ dataDir: folder, workflows: [adding, where, reading], stageFiles: false });
  const file = join(folder, "rows.csv");
  await writeFile(file, "id\n1\n2\n");
  try {
    const begun = await holdfast.startHere(adding, {}, { runId: "r", through: "one" });
    await begun.done;
    await holdfast.resume("r");
    const read = await holdfast.start(reading, { file, parent: process.pid });
    await holdfast.work({ untilIdle: true, isolate: { module, options: {}, processes: 1 } });
    expect(await begun.handle.status()).toMatchObject({ status: "completed", output: 2 });
    expect((await holdfast.runs.events("r")).map(({ type }) => type)).not.toContain("drift.accepted");
    expect(await read.status()).toMatchObject({ status: "completed", output: { rows: 2, isChild: true } });
  } finally {
    await holdfast.close();
  }
});
