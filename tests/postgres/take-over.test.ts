/**
 * Workers of other hosts, whose death no kernel here can prove: their session's lock tells it within seconds. The lease would
 * need ten minutes in these tests, so whatever is taken over was taken by the lock.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHoldfast } from "@holdfast/engine";
import { openPostgresStore } from "@holdfast/store-postgres";
import { afterAll, describe, expect, test } from "vitest";
import { waitFor } from "../chaos/harness/wait-for.js";
import { gated } from "./fixture/gated.mjs";
import { ask, locksOf, newSchema, problem, serverUrl, title } from "./world.js";

const DEADLINE = { withinMs: 150_000 };
const ELSEWHERE = fileURLToPath(new URL("./fixture/elsewhere.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "holdfast-take-over-"));
const children: ChildProcess[] = [];
const ends: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const end of ends) await end();
  for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A worker elsewhere that holds a run, and one here that watches over it. */
async function makeWorld(name: string) {
  const url = `${serverUrl()}?schema=${newSchema()}`;
  const schema = new URL(url).searchParams.get("schema") as string;
  const gate = join(folder, name);
  mkdirSync(gate);
  const holdfast = createHoldfast({
    store: await openPostgresStore({ url }),
    workflows: [gated],
    dataDir: join(folder, `${name}-here`),
    leaseMs: 600_000,
  });
  await holdfast.start(gated, { gate }, { runId: "tides" });
  const child = spawn(process.execPath, [ELSEWHERE, url, join(folder, `${name}-there`)], { stdio: "inherit" });
  children.push(child);
  const live = async () => (await ask(`SELECT token, recoveries, open_attempts FROM ${schema}.run_live`)).rows[0];
  await waitFor(async () => (await live())?.open_attempts === "1", {
    ...DEADLINE,
    what: "the stage elsewhere to begin",
  });
  await waitFor(async () => (await locksOf(schema)) === 1, { ...DEADLINE, what: "the lock of the worker elsewhere" });
  const stop = new AbortController();
  const working = holdfast.work({ concurrency: 1, signal: stop.signal });
  ends.push(async () => {
    stop.abort();
    await working;
    await holdfast.close();
  });
  return { schema, gate, child, holdfast, live };
}

describe.skipIf(problem !== null)(title("take-over over PostgreSQL"), () => {
  test("a worker of another host that is killed loses its run to one here, without waiting for the lease", async () => {
    const { gate, child, holdfast } = await makeWorld("killed");
    child.kill("SIGKILL");
    const killedAtMs = performance.now();
    writeFileSync(join(gate, "open"), "");
    const isCompleted = async () => (await holdfast.runs.get("tides"))?.status === "completed";
    await waitFor(isCompleted, { ...DEADLINE, what: "the run to be completed here" });
    console.log(`from kill -9 to the end of the run elsewhere: ${Math.round(performance.now() - killedAtMs)} ms`);
    expect((await holdfast.runs.get("tides"))?.output).toBe(process.pid);
  });

  test("after the server crashed and came back, nobody is taken for dead who lives", async (context) => {
    if (process.env.DATABASE_URL) context.skip("THE SERVER OF DATABASE_URL IS NOT CRASHED");
    const { schema, gate, holdfast, live } = await makeWorld("restarted");
    for (let times = 0; times < 2; times++) {
      await crashServer();
      // An observer judges from two seconds on, and looks every second.
      const areJudging = async () => (await locksOf(schema, 5)) === 2;
      await waitFor(areJudging, { ...DEADLINE, what: "both to be back, and to have judged each other" });
      expect(await live()).toMatchObject({ token: "1", recoveries: "0" });
    }
    writeFileSync(join(gate, "open"), "");
    const isCompleted = async () => (await holdfast.runs.get("tides"))?.status === "completed";
    await waitFor(isCompleted, { ...DEADLINE, what: "the run to be completed elsewhere" });
    expect((await holdfast.runs.get("tides"))?.output).not.toBe(process.pid);
  });
});

/** As an immediate shutdown and a start: the server ends all its connections where one process died, and recovers from its log. */
async function crashServer(): Promise<void> {
  const asleep = ask("SELECT pg_sleep(600)").catch(() => {});
  const sleepers = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
  await waitFor(async () => (await ask(sleepers)).rows.length > 0, { ...DEADLINE, what: "a process to kill" });
  process.kill(Number((await ask(sleepers)).rows[0]?.pid), "SIGKILL");
  await asleep;
  const isBack = () =>
    ask("SELECT 1").then(
      () => true,
      () => false,
    );
  await waitFor(isBack, { ...DEADLINE, what: "the server to be back" });
}
