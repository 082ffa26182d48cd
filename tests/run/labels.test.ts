/** User-defined labels on stages and items: shown next to the name, as one line of limited length; they decide nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, openHoldfast, secret } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

interface Company {
  readonly id: string;
  readonly name: string;
}

const COMPANIES: readonly Company[] = [
  { id: "a", name: "Nordic Steel AS" },
  { id: "b", name: "" },
  { id: "c", name: "fails to be labelled" },
  { id: "d", name: "fails to be rated" },
];

let isResumed = false;
const suppliers = defineWorkflow({
  name: "suppliers",
  input: z.object({ country: z.string(), key: secret(z.string()) }),
  stages: ["gather", "rate", "write"],
  async run({ input, stage, map }) {
    await stage("gather", { label: `Suppliers of\n\t${input.country}\u001b[31m` }, () => 1);
    await map(
      "rate",
      COMPANIES,
      {
        key: "id",
        label: "by size",
        maxFailed: 1,
        attempts: 1,
        itemLabel: ({ name }) => {
          if (name.includes("labelled")) throw new Error("no label");
          return name;
        },
      },
      ({ name }) => {
        if (name.includes("rated")) throw new Error("no");
        return name.length;
      },
    );
    // Another label in a later execution; this one contains a secret and is too long.
    return stage("write", { label: isResumed ? "again" : `${input.key} ${"🙂".repeat(300)}` }, ({ signal }) => {
      if (isResumed) return 2;
      return new Promise<number>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
  },
});

test("a label is recorded with its attempt and its item, appears in the view, the events and the progress, and changes nothing", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-labels-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  await using holdfast = await openHoldfast({ dataDir, workflows: [suppliers], stageFiles: false });
  const input = { country: "Norway", key: "sk-secret-0123456789" };
  const started = await holdfast.startHere(suppliers, input, { runId: "r" });
  for await (const event of started.handle.events({ follow: true })) {
    if (event.type === "stage.started" && event.data.stage === "write") break;
  }
  const live = await started.handle.status();
  expect(live.stages.map(({ name, label }) => [name, label?.slice(0, 30)])).toEqual([
    ["gather", "Suppliers of Norway [31m"],
    ["rate", "by size"],
    ["write", expect.stringContaining("[secret]")],
  ]);
  const long = live.stages[2]?.label ?? "";
  expect([...long]).toHaveLength(200);
  expect(long.endsWith("🙂…")).toBe(true);
  expect(live.progress.label?.startsWith("write · [secret]")).toBe(true);
  started.abort();
  await started.done;

  isResumed = true;
  const resumed = await holdfast.resumeHere("r", { workflow: suppliers });
  await resumed.done;
  const after = await holdfast.runs.get("r");
  expect(after).toMatchObject({ status: "completed", output: 2 });
  expect(after.stages.map(({ label }) => label)).toEqual(["Suppliers of Norway [31m", "by size", "again"]);
  expect(after.stages[0]?.attempts).toHaveLength(1);
  const events = await holdfast.runs.events("r", { after: 0, limit: 100 });
  expect(
    events.filter(({ type }) => type === "stage.started").map(({ data }) => (data as { label?: string }).label),
  ).toEqual(["Suppliers of Norway [31m", "by size", long, "again"]);
  const { rows } = await holdfast.runs.items("r", "rate");
  expect(rows.map(({ key, label, outcome }) => [key, label, outcome])).toEqual([
    ["a", "Nordic Steel AS", "ok"],
    ["b", null, "ok"],
    ["c", null, "ok"],
    ["d", "fails to be rated", "error"],
  ]);
});

test("a label that is not a string is refused with the option's name", async () => {
  const workflow = defineWorkflow({
    name: "numbers",
    input: z.object({}),
    stages: ["a"],
    run: ({ stage }) => stage("a", { label: 7 as never }, () => 1),
  });
  await using holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [workflow], stageFiles: false });
  const started = await holdfast.startHere(workflow, {}, { runId: "r" });
  await started.done;
  expect(await started.handle.status()).toMatchObject({
    status: "failed",
    error: { code: "WRONG_USE", message: expect.stringContaining("label: a text is expected, 7 was given") },
  });
});
