/** `holdfast serve` as a real process: working, draining, recovering dead runs. */
import { describe, expect, test } from "vitest";
import { makeProject } from "../cli/harness.js";
import { serve } from "./serving.js";

/** How long a draining server waits for a stage that never ends. */
const GRACE = "--stop-grace-ms=500";

describe("serve", () => {
  test("answers and works in one process; SIGTERM returns the run to the queue and exits with 75", async () => {
    const { ask, running, project } = await serve([GRACE]);
    expect(
      (await ask("POST", "/api/runs", { workflow: "brief", input: { topic: "tides" }, runId: "quick" })).status,
    ).toBe(201);
    await running.says(/run quick completed/);
    expect(await (await ask("GET", "/api/runs/quick")).json()).toMatchObject({ status: "completed" });
    await ask("POST", "/api/runs", { workflow: "endless", input: {}, runId: "long" });
    await running.says(/run long \(endless\) claimed/);
    expect(await (await ask("GET", "/api/workers")).json()).toMatchObject({
      rows: [{ isDead: false, isSupervising: true }],
    });
    running.child.kill("SIGTERM");
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(75);
    expect(await project.json(["show", "long"])).toMatchObject({ status: "queued", lease: null });
  });

  test("standard error has lines of JSON, including those of its worker", async () => {
    const { ask, running } = await serve(["--log-level=info"]);
    await ask("POST", "/api/runs", { workflow: "brief", input: { topic: "tides" }, runId: "quick" });
    await running.says(/run quick completed/);
    running.child.kill("SIGTERM");
    const { stderr } = await running.ended;
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(["request", "run quick completed", expect.stringContaining("Press Ctrl-C to stop")]),
    );
  });

  test("keeps its token, and so its sessions, across a restart; recovers at start-up the runs that died with the previous server", async () => {
    const first = await serve(["--lease-ms=3000"]);
    await first.ask("POST", "/api/runs", { workflow: "endless", input: {}, runId: "left" });
    await first.running.says(/run left \(endless\) claimed/);
    first.running.child.kill("SIGKILL");
    await first.running.ended;
    const second = await serve([GRACE], first.project);
    expect(second.token).toBe(first.token);
    await second.running.says(/run left \(endless\) claimed/);
    expect(await (await second.ask("GET", "/api/runs/left")).json()).toMatchObject({
      status: "running",
      recoveries: 1,
    });
    second.running.child.kill("SIGINT");
    expect((await second.running.ended).code).toBe(75);
  });

  test("--no-worker --supervise recovers dead runs and executes nothing; so does the command supervise", async () => {
    const project = await makeProject();
    const dead = await serve([], project);
    await dead.ask("POST", "/api/runs", { workflow: "endless", input: {}, runId: "long" });
    await dead.running.says(/run long \(endless\) claimed/);
    dead.running.child.kill("SIGKILL");
    await dead.running.ended;
    const { ask, running } = await serve(["--no-worker", "--supervise"], project);
    await running.says(/run long \(endless\) queued again/);
    // The run is told by the first scan, which the supervisor's own report follows.
    await expect
      .poll(async () => (await ask("GET", "/api/management")).json(), { timeout: 10_000 })
      .toMatchObject({ serverSupervisor: { isSupervising: true }, supervisor: { workers: 0, supervisors: 1 } });
    expect(await (await ask("GET", "/api/runs/long")).json()).toMatchObject({ status: "queued", lease: null });
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
    const supervising = project.spawn(["supervise"]);
    await supervising.says(/Supervising/);
    supervising.child.kill("SIGTERM");
    expect((await supervising.ended).code).toBe(0);
  });

  test("the death of a worker process is a warning in its log", async () => {
    const { ask, running } = await serve(["--log-level=info", GRACE]);
    await ask("POST", "/api/runs", { workflow: "endless", input: {}, runId: "long" });
    await running.says(/run long \(endless\) claimed/);
    const { lease } = (await (await ask("GET", "/api/runs/long")).json()) as { lease: { pid: number } };
    process.kill(lease.pid, "SIGKILL");
    await running.says(/worker process \d+ ended by SIGKILL/);
    running.child.kill("SIGTERM");
    const lines = (await running.ended).stderr.trim().split("\n");
    const levels = lines.map((line) => JSON.parse(line) as { msg: string; level: number });
    expect(levels.find(({ msg }) => /worker process \d+ ended/.test(msg))?.level).toBe(40);
    expect(levels.find(({ msg }) => msg.includes("run long (endless) claimed"))?.level).toBe(30);
  });
});
