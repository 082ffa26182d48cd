/** Hosts with data folders of their own and one object storage: what one wrote, all have; and what happens when it is away. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ObjectStorage, startObjectStorage } from "@holdfast/testkit";
import { defineWorkflow, openHoldfast, type RunView } from "holdfast";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { waitFor } from "../chaos/harness/wait-for.js";
import { keepCompiled, makeProject } from "../cli/harness.js";

const CONFIG = fileURLToPath(new URL("./fixture/holdfast.config.ts", import.meta.url));
keepCompiled(CONFIG);
const ROWS = createHash("sha256")
  .update(Array.from({ length: 10_000 }, (_, row) => `row ${row}`).join())
  .digest("hex");
let storage: ObjectStorage;

beforeAll(async () => {
  storage = await startObjectStorage({ refusesChecksums: true });
  for (const [name, value] of Object.entries(storage.env)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await storage.close();
});

test("a run whose worker is killed goes on with its files in a worker with another data folder; a third reads and removes them", async () => {
  const project = await makeProject();
  const envOf = (host: string) => ({
    ...storage.env,
    HOLDFAST_CONFIG: CONFIG,
    HOLDFAST_URL: `sqlite:${project.path("shared.db")}`,
    HOLDFAST_DATA_DIR: project.path(host),
    HOLDFAST_ARTIFACTS: `s3://holdfast/runs?endpoint=${storage.url}`,
  });
  const run = async (host: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await project.run([...args, "--json"], { env: envOf(host), isBare: true });
    if (code !== 0) throw new Error(`${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
    return JSON.parse(stdout);
  };
  const show = (): Promise<RunView> => run("host-c", "show", "tides");
  const gate = project.path("gate");
  await run("host-c", "start", "relay", `--gate=${gate}`, "--run-id=tides", "--detach");
  const first = project.spawn(["worker", "--processes=1"], { env: envOf("host-a"), isBare: true });
  await waitFor(async () => (await show()).stages.some(({ name, status }) => name === "hold" && status === "running"), {
    withinMs: 120_000,
    what: "the stage to hold",
  });
  first.child.kill("SIGKILL");
  await first.ended;
  writeFileSync(join(gate, "open"), "");
  const second = project.spawn(["worker", "--processes=1"], { env: envOf("host-b"), isBare: true });
  await waitFor(async () => (await show()).status === "completed", { withinMs: 120_000, what: "the run to end" });
  second.child.kill("SIGTERM");
  await second.ended;

  expect((await show()).output).toEqual({ read: "tides of the North Sea", rows: ROWS, text: "x".repeat(70_000) });
  const files = await run("host-c", "artifacts", "tides", "--verify");
  expect(files.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
    ["report.txt", "ok"],
    ["table.bin", "ok"],
  ]);
  const keys = storage.keys();
  expect(keys.filter((key) => /^runs\/tides\/[0-9a-f]{64}$/.test(key))).toHaveLength(4);
  expect(keys.some((key) => key.startsWith("runs/tides/logs/run/"))).toBe(true);
  expect(keys.some((key) => key === "runs/tides/stages/use/attempt-1/output.json")).toBe(true);
  // What was written by path was moved, not copied.
  expect(existsSync(project.path("host-a/runs/tides/stages/make/attempt-1/table.bin"))).toBe(false);
  expect(await run("host-c", "doctor")).toMatchObject({
    isUsable: true,
    checks: expect.arrayContaining([expect.objectContaining({ name: "artifacts", level: "ok" })]),
  });
  await project.run(["delete", "tides", "--yes"], { env: envOf("host-b"), isBare: true });
  expect(storage.keys()).toEqual([]);
  expect(readdirSync(project.path("host-b/runs"))).toEqual([]);
});

test("while the storage is away a worker does not begin, runs wait with the reason and go on when it is back; nothing is lost", async () => {
  const project = await makeProject();
  let made = 0;
  const workflow = defineWorkflow({
    name: "large",
    input: z.object({}),
    stages: ["make", "after"],
    async run({ stage }) {
      const text = await stage("make", () => {
        made += 1;
        return "x".repeat(100_000);
      });
      return stage("after", () => text.length);
    },
  });
  const open = (dataDir: string) =>
    openHoldfast({
      workflows: [workflow],
      url: `sqlite:${project.path("large.db")}`,
      dataDir: project.path(dataDir),
      artifacts: `s3://holdfast/large?endpoint=${storage.url}`,
      stageFiles: false,
    });
  await using holdfast = await open("one");
  storage.onRequest = ({ method }) => (method === "PUT" ? "refuse" : undefined);
  await expect(holdfast.startWorker()).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  const isAway = expect.objectContaining({ code: "STORE_UNREACHABLE", message: expect.stringContaining("was cut") });
  const waiting = { status: "paused", reason: "store unreachable", wakeAt: expect.any(Number) };
  await expect(holdfast.run(workflow, {}, { runId: "first" })).rejects.toEqual(isAway);
  expect(await holdfast.runs.get("first")).toMatchObject(waiting);
  storage.onRequest = () => undefined;
  const done = await holdfast.run(workflow, {}, { runId: "first" });
  expect(done).toMatchObject({ status: "completed", output: 100_000 });

  // A recorded output that cannot be read now: the run waits as well, and its stage is not executed again.
  await holdfast.start(workflow, {}, { runId: "second", through: "make" });
  await holdfast.work({ untilIdle: true });
  expect((await holdfast.runs.get("second")).status).toBe("paused");
  const before = made;
  storage.onRequest = ({ method, key }) => (method === "GET" && key !== "" ? "refuse" : undefined);
  await expect(holdfast.run(workflow, {}, { runId: "second" })).rejects.toEqual(isAway);
  expect(await holdfast.runs.get("second")).toMatchObject(waiting);
  storage.onRequest = () => undefined;
  await using elsewhere = await open("two");
  expect(await elsewhere.run(workflow, {}, { runId: "second" })).toMatchObject({
    status: "completed",
    output: 100_000,
  });
  expect(made).toBe(before);
});
