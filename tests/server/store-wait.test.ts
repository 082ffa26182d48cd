/** `serve` while another process holds the write lock of its database: told by `/readyz`, by a metric, on standard error. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { waitFor } from "../chaos/harness/wait-for.js";
import { makeProject } from "../cli/harness.js";
import { serve } from "./serving.js";

const CHAOS = (name: string) => fileURLToPath(new URL(`../chaos/fixture/${name}`, import.meta.url));

test("a foreign write lock: not ready and says for what it waits, then ready again with nothing lost", async () => {
  const project = await makeProject();
  const env = {
    HOLDFAST_CONFIG: CHAOS("holdfast.config.mjs"),
    CHAOS_JOURNAL: project.path("journal"),
    CHAOS_GATE: project.folder,
  };
  const serving = await serve([], project, { env });
  const asked = async <T>(...args: string[]) =>
    JSON.parse((await project.run([...args, "--json"], { env })).stdout) as T;
  const { id } = await asked<{ id: string }>("start", "many", "--items=100", "--item-ms=300", "--detach");
  const ready = async () => ((await (await serving.ask("GET", "/readyz")).json()) as { status: string }).status;
  const waitedS = async () =>
    Number((await (await serving.ask("GET", "/metrics")).text()).match(/^holdfast_store_wait_seconds (.*)$/m)?.[1]);
  const until = (what: string, condition: () => Promise<boolean>) => waitFor(condition, { withinMs: 60_000, what });
  await until("progress", async () => (await asked<{ progress: { done: number } }>("show", id)).progress.done > 0);
  expect([await ready(), await waitedS()]).toEqual(["ready", 0]);

  const lock = project.spawn([CHAOS("hold-lock.mjs"), project.path(".holdfast/holdfast.db"), "600000"], {
    program: process.execPath,
    env,
  });
  await serving.running.says(/waiting for the store: .*another process held the write lock/);
  expect(await ready()).toBe("waiting for the store");
  expect(await waitedS()).toBeGreaterThan(0);

  await project.write("unlock", "");
  await lock.ended;
  await serving.running.says(/the store accepts writes again/);
  await until("readiness", async () => (await ready()) === "ready");
  expect(await waitedS()).toBe(0);
  await until("the end", async () => (await asked<{ status: string }>("show", id)).status === "completed");
});
