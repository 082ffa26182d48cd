import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { makeProject, type Project } from "./harness.js";

const ISOLATED = fileURLToPath(new URL("./fixture/isolated.mjs", import.meta.url));

interface Where {
  readonly pid: number;
  readonly parent: number;
}

describe("worker", () => {
  test("executes runs in a child process of its own, and ends with it when idle", async () => {
    const project = await makeProject();
    for (const id of ["a", "b", "c"]) await project.json(["start", "where", `--run-id=${id}`, "--detach"]);
    const worker = project.spawn(["worker", "--until-idle", "--processes=1"]);
    const { code, stderr } = await worker.ended;
    expect(code, stderr).toBe(0);
    const places = await Promise.all(["a", "b", "c"].map((id) => whereOf(project, id)));
    expect(places.map(({ parent }) => parent)).toEqual([worker.child.pid, worker.child.pid, worker.child.pid]);
    expect(new Set(places.map(({ pid }) => pid)).size).toBe(1);
    expect(stderr).toMatch(/run a \(where\) claimed[\s\S]*run a completed/);
    expect(stderr).not.toContain("worker process");
    expect(await project.json(["locks"])).toEqual([]);
  });

  test("names the child's pid and its own in what it holds", async () => {
    const project = await makeProject();
    await project.json(["start", "gated", `--gate=${project.path("gate")}`, "--run-id=g", "--detach"]);
    const worker = project.spawn(["worker", "--processes=1"]);
    await worker.says(/run g \(gated\) claimed/);
    const { pid } = worker.child;
    const { lease } = await project.json<{ lease: { holder: string; pid: number } }>(["show", "g"]);
    expect(lease.holder).toMatch(new RegExp(`-${pid}-[0-9a-f]+#1$`));
    expect(lease.pid).not.toBe(pid);
    // SIGTERM to the child alone: it hands its run back, and its successor takes it.
    process.kill(lease.pid, "SIGTERM");
    await project.write("gate/open", "");
    await worker.says(/run g completed/);
    worker.child.kill("SIGTERM");
    expect((await worker.ended).code).toBe(75);
  });

  test("answers a Ctrl-C of the terminal, which every process in it gets, once", async () => {
    const project = await makeProject();
    await project.json(["start", "gated", `--gate=${project.path("gate")}`, "--run-id=g", "--detach"]);
    // A process group of its own, as a shell gives it.
    const worker = project.spawn(["worker"], { isDetached: true });
    await worker.says(/run g \(gated\) claimed/);
    process.kill(-(worker.child.pid ?? 0), "SIGINT");
    await worker.says(/Finishing work in flight/);
    await project.write("gate/open", "");
    const { code, stderr } = await worker.ended;
    expect([code, stderr.match(/Finishing|Aborting/g)]).toEqual([75, ["Finishing"]]);
    const { stages, status } = await project.json(["show", "g"]);
    // A second Ctrl-C would have aborted its stage.
    const attempts = stages.flatMap((stage) => stage.attempts);
    expect([status, attempts.filter((attempt) => attempt.status !== "completed")]).toEqual(["queued", []]);
  });

  test.each([
    ["0", /--processes/],
    ["5", /--processes/],
    ["two", /--processes/],
  ])("--processes=%s with a concurrency of 4 is refused, 2", async (processes, message) => {
    const project = await makeProject();
    const { code, stderr } = await project.run(["worker", "--concurrency=4", `--processes=${processes}`]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

test("a limit of calls that a module sets holds over all processes of the worker", async () => {
  const project = await makeProject();
  const ids = ["a", "b", "c", "d", "e", "f"];
  for (const id of ids) await project.json(["start", "limited", `--run-id=${id}`, "--detach"]);
  const { code, stderr } = await project.run(["worker", "--until-idle", "--processes=2", "--concurrency=6"]);
  expect(code, stderr).toBe(0);
  const calls = await Promise.all(
    ids.map(async (id) => (await project.json(["show", id])).output as { pid: number; atMs: number }),
  );
  expect(new Set(calls.map(({ pid }) => pid)).size).toBe(2);
  const times = calls.map(({ atMs }) => atMs).sort((a, b) => a - b);
  // One a second; a child of its own would have let two through at once.
  expect((times[5] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(4_500);
});

describe("work({ isolate })", () => {
  test("executes runs of a user's program in child processes, by the workflows of the module", async () => {
    const project = await makeProject();
    const url = `sqlite:${project.path("a.db")}`;
    const { stdout, stderr } = await project.run([url, "false"], { program: ISOLATED });
    const said = JSON.parse(stdout || stderr);
    expect(said).toMatchObject({ parent: said.self, events: ["ready", { kind: "ended", isExpected: true }] });
    expect(said.pid).not.toBe(said.self);
  });

  test("stays in the process where the store is in memory", async () => {
    const project = await makeProject();
    const { stdout, stderr } = await project.run(["sqlite::memory:", "false"], { program: ISOLATED });
    const said = JSON.parse(stdout || stderr);
    expect(said).toMatchObject({ pid: said.self, events: [] });
  });

  test("says what is wrong with the module", async () => {
    const project = await makeProject();
    const url = `sqlite:${project.path("a.db")}`;
    const { stdout, stderr } = await project.run([url, "true"], { program: ISOLATED });
    expect(JSON.parse(stdout || stderr)).toMatchObject({
      code: "WRONG_USE",
      message: expect.stringMatching(/isolated-workflows\.mjs.*must be a list of workflows/),
    });
  });
});

async function whereOf(project: Project, id: string): Promise<Where> {
  return (await project.json(["show", id])).output as Where;
}
