/** Nothing is declared that is not done: arguments that used to be ignored. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StageNameInvalidError } from "@holdfast/core";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

const waits = defineWorkflow({
  name: "waits",
  input: z.object({}),
  run: ({ stage }) =>
    stage(
      "wait",
      ({ signal }) => new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ),
});
const hostile = {
  toJSON() {
    throw new Error("no");
  },
  toString() {
    throw new Error("no");
  },
};
const logs = defineWorkflow({
  name: "logs",
  input: z.object({}),
  run: ({ stage }) =>
    stage("say", ({ log, progress }) => {
      log("x".repeat(5_000_000), { y: "y".repeat(5_000_000) });
      log(new Error("an error is its message") as never);
      log(hostile as never, hostile);
      progress(1, 2, "z".repeat(5_000_000));
      return 1;
    }),
});
const other = defineWorkflow({ name: "other", input: z.object({}), run: async () => 1 });

let folder = "";
let holdfast: Holdfast;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-arguments-"));
  holdfast = await openHoldfast({
    url: "sqlite::memory:",
    dataDir: folder,
    workflows: [waits, other, logs],
    stopGraceMs: 100,
  });
});
afterEach(async () => {
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  [undefined, "drained"],
  ["the host is rebooted", "the host is rebooted"],
])("a drain for %j leaves the run paused for that reason", async (reason, recorded) => {
  const run = await holdfast.startHere(waits, {}, { runId: "r" });
  run.drain(reason);
  await run.done;
  expect(await holdfast.runs.get("r")).toMatchObject({ status: "paused", reason: recorded });
});

test("a handle with a workflow is of a run of that workflow", async () => {
  await (await holdfast.startHere(other, {}, { runId: "r" })).done;
  expect(await (await holdfast.handle("r", other as never)).result()).toBe(1);
  await expect(holdfast.handle("r", waits as never)).rejects.toThrow("Run r is of workflow other, not of waits.");
});

const input = z.object({});
test.each<[object, RegExp]>([
  [{ name: "w", run: () => 1 }, /Workflow w, input: expected a Standard Schema/],
  [{ name: "w", input: null, run: () => 1 }, /Workflow w, input/],
  [{ name: "w", input: { type: "object" }, run: () => 1 }, /Workflow w, input/],
  [{ name: "w", input }, /Workflow w, run: expected the workflow's function/],
])("a definition without its parts is refused where it is written", (definition, message) => {
  expect(() => defineWorkflow(definition as never)).toThrow(message);
});

test("what is logged is bounded, whatever it is", async () => {
  const run = await holdfast.startHere(logs, {}, { runId: "r" });
  await run.done;
  const lines: { message: string; data?: unknown }[] = [];
  for await (const { type, data } of (await holdfast.handle("r")).events())
    if (type === "log") lines.push(data as never);
  expect(lines[0]?.message).toMatch(/^x{16384}… \(cut, 5000000 characters\)$/);
  expect(JSON.stringify(lines).length).toBeLessThan(100_000);
  expect(lines.map(({ message }) => message.slice(0, 30)).slice(1)).toEqual([
    "an error is its message",
    "[object Object]",
  ]);
  expect(JSON.stringify(await holdfast.runs.get("r")).length).toBeLessThan(20_000);
});

test.each(["con", "NUL", "aux.txt", "com1", "lpt9.log", "a.", "a..b"])(
  "%j is no name of a stage, a workflow or an artifact: it would be no folder everywhere",
  async (name) => {
    const make = (stages: readonly string[]) =>
      defineWorkflow({ name: "names", input: z.object({}), stages: stages as never, run: () => null });
    expect(() => make([name])).toThrow(StageNameInvalidError);
    expect(() => defineWorkflow({ name, input: z.object({}), run: () => null })).toThrow(StageNameInvalidError);
    const called = defineWorkflow({
      name: "called",
      input: z.object({ what: z.enum(["stage", "artifact"]) }),
      run: ({ input, stage }) =>
        input.what === "stage"
          ? stage(name as never, () => null)
          : stage("write", async ({ artifact }) => {
              await artifact.write(`notes/${name}`, "text");
            }),
    });
    await using holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [called] });
    for (const what of ["stage", "artifact"] as const) {
      const end = await holdfast.run(called, { what });
      expect(end).toMatchObject({ status: "failed" });
      expect(JSON.stringify(end)).toMatch(/STAGE_NAME_INVALID|ARTIFACT_NAME_INVALID/);
    }
  },
);

test.each(["console", "nullable", "a.b", "auxiliary", "com10", "2a"])("%j is a name of a stage", (name) => {
  expect(() => defineWorkflow({ name, input: z.object({}), stages: [name], run: () => null })).not.toThrow();
});

test.each(["con", "NUL", "aux.txt", "com1", "a.", "a..b", "..", "-a"])("%j is no id for a new run", async (runId) => {
  await expect(holdfast.start(other, {}, { runId })).rejects.toMatchObject({ code: "BAD_RUN_ID" });
});

test("an id that differs from another in case alone is taken, and the message says why", async () => {
  await holdfast.start(other, {}, { runId: "upper-1" });
  await expect(holdfast.start(other, {}, { runId: "UPPER-1" })).rejects.toThrow(
    "Run upper-1 already exists, and UPPER-1 differs from it only in case",
  );
  await expect(holdfast.start(other, {}, { runId: "upper-1" })).rejects.toThrow("Run upper-1 already exists.");
  expect((await holdfast.start(other, {}, { runId: "console" })).id).toBe("console");
});
