import { readFile } from "node:fs/promises";
import type { RunEvent } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { makeProject, type Running } from "./harness.js";

const HOLDING = /stage hold started/;
/** What the runtime prints when it dies of itself. */
const CRASH = /Fatal error|Check failed/;

describe("Ctrl-C and SIGTERM", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "the first %s finishes what is in flight and leaves the run paused, 75",
    async (signal) => {
      const project = await makeProject();
      const running = project.spawn(["start", "gated", `--gate=${project.path("gate")}`, "--run-id=g"]);
      await running.says(HOLDING);
      running.child.kill(signal);
      await running.says(/Finishing work in flight, for at most 25 s/);
      await project.write("gate/open", "");
      const { code, stdout } = await running.ended;
      expect([code, stdout]).toEqual([75, expect.stringMatching(/^Run g paused/)]);
      expect(await project.json(["locks"])).toEqual([]);
      const resumed = await project.json(["resume", "g"]);
      expect(resumed.status).toBe("completed");
      expect(resumed.stages.map((stage) => stage.attempts.length)).toEqual([1, 1, 1]);
    },
  );

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("the second %s aborts at once, %i, and the run goes on where it was", async (signal, code) => {
    const project = await makeProject();
    const running = project.spawn(["start", "gated", `--gate=${project.path("gate")}`, "--run-id=g"]);
    await running.says(HOLDING);
    running.child.kill(signal);
    await running.says(/Finishing/);
    running.child.kill(signal);
    expect((await running.ended).code).toBe(code);
    const stopped = await project.json(["show", "g"]);
    expect(stopped).toMatchObject({ status: "paused", lease: null });
    await project.write("gate/open", "");
    const resumed = await project.json(["resume", "g"]);
    expect(resumed.stages.map((stage) => stage.attempts.length)).toEqual([1, 2, 1]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("the third %s exits although a stage does not listen, %i", async (signal, code) => {
    const project = await makeProject();
    const running = project.spawn(["start", "gated", `--gate=${project.path("gate")}`, "--is-stubborn", "--run-id=g"]);
    await running.says(HOLDING);
    expect(await stopThrice(running, signal)).toEqual({ code, signal: null, crash: null });
  });

  test("a worker's third exits although a stage does not listen", async () => {
    const project = await makeProject();
    await project.json(["start", "gated", `--gate=${project.path("gate")}`, "--is-stubborn", "--run-id=g", "--detach"]);
    const worker = project.spawn(["worker"]);
    await worker.says(/run g \(gated\) claimed/);
    expect(await stopThrice(worker, "SIGINT")).toEqual({ code: 130, signal: null, crash: null });
  });

  test("a worker's second ends it within seconds although a stage does not listen", async () => {
    const project = await makeProject();
    await project.json(["start", "gated", `--gate=${project.path("gate")}`, "--is-stubborn", "--run-id=g", "--detach"]);
    const worker = project.spawn(["worker"]);
    await worker.says(/run g \(gated\) claimed/);
    worker.child.kill("SIGINT");
    await worker.says(/Finishing/);
    worker.child.kill("SIGINT");
    const { code, signal, stderr } = await worker.ended;
    expect([code, signal, CRASH.test(stderr)]).toEqual([130, null, false]);
    expect(await project.json(["show", "g"])).toMatchObject({ status: "queued", lease: null });
  });

  test("a worker that is stopped hands its runs back to the queue", async () => {
    const project = await makeProject();
    await project.json(["start", "gated", `--gate=${project.path("gate")}`, "--run-id=g", "--detach"]);
    const worker = project.spawn(["worker", "--stop-grace-ms=100"]);
    await worker.says(/run g \(gated\) claimed/);
    worker.child.kill("SIGTERM");
    expect((await worker.ended).code).toBe(75);
    expect(await project.json(["show", "g"])).toMatchObject({ status: "queued", lease: null });
  });

  test("a worker aborted by the second Ctrl-C releases its leases before it exits, 130", async () => {
    const project = await makeProject();
    const gate = `--gate=${project.path("gate")}`;
    await project.json(["start", "gated", gate, "--run-id=g", "--detach"]);
    const worker = project.spawn(["worker", "--stop-grace-ms=3600000"]);
    await worker.says(/run g \(gated\) claimed/);
    worker.child.kill("SIGINT");
    await worker.says(/Finishing/);
    worker.child.kill("SIGINT");
    const { code, stderr } = await worker.ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining("run g queued")]);
    expect(await project.json(["show", "g"])).toMatchObject({ status: "queued", lease: null });
  });

  test("a reader that goes away is quiet, and does not stop a run", async () => {
    const project = await makeProject();
    const running = project.spawn(["start", "gated", `--gate=${project.path("gate")}`, "--run-id=g", "--json"]);
    await running.says(HOLDING);
    running.child.stdout?.destroy();
    await project.write("gate/open", "");
    const { code, stderr } = await running.ended;
    expect([code, stderr.includes("EPIPE")]).toEqual([0, false]);
    const logs = project.spawn(["logs", "g"]);
    logs.child.stdout?.destroy();
    const end = await logs.ended;
    expect([end.code, end.stderr]).toEqual([0, ""]);
  });
});

describe("process.exit in a stage", () => {
  test.each([
    [0, 75],
    [3, 3],
  ])("under start, code %i ends with %i and says that the run is not finished", async (code, ended) => {
    const project = await makeProject();
    const start = await project.spawn(["start", "leaving", `--code=${code}`, "--run-id=l"]).ended;
    expect([start.code, start.stderr]).toEqual([ended, expect.stringContaining(`process.exit(${code})`)]);
    expect(await project.json(["show", "l"])).toMatchObject({ status: "running", output: null });
    const resume = await project.spawn(["resume", "l"]).ended;
    expect(resume.code).toBe(ended);
  });

  // One turn: all are buffered. A few lines a turn: some are written, some copied, some on their way when it ends.
  test.each([
    ["start", 1_000],
    ["start", 1],
    ["worker", 1_000],
    ["worker", 7],
  ] as const)(
    "under %s, what it logged before is in the history and in run.jsonl, %i lines a turn",
    async (by, perTurn) => {
      const project = await makeProject();
      const input = ["leaving", "--code=3", "--lines=300", `--per-turn=${perTurn}`, "--run-id=l"];
      if (by === "worker") await project.run(["start", ...input, "--detach"]);
      await project.spawn(by === "start" ? ["start", ...input] : ["worker", "--until-idle", "--processes=1"]).ended;
      const logged = (await project.run(["logs", "l", "--json"])).stdout.trim().split("\n");
      const events = logged.map((line) => JSON.parse(line) as RunEvent);
      const messages = events.flatMap((event) => (event.type === "log" ? [event.data.message] : []));
      expect(messages).toEqual(Array.from({ length: 300 }, (_, i) => `line ${i + 1}`));
      const file = (await readFile(project.path(".holdfast/runs/l/logs/run.jsonl"), "utf8")).trim().split("\n");
      const copied = file.map((line) => JSON.parse(line) as RunEvent);
      const atExit = events.slice(0, events.findLastIndex(({ type }) => type === "log") + 1);
      expect(copied.map(({ seq }) => seq)).toEqual(atExit.map(({ seq }) => seq));
    },
  );
});

/** How a process ended on three signals, and what its runtime said if that crashed. */
async function stopThrice(running: Running, signal: "SIGINT" | "SIGTERM") {
  running.child.kill(signal);
  await running.says(/Finishing/);
  running.child.kill(signal);
  await running.says(/Aborting/);
  running.child.kill(signal);
  const ended = await running.ended;
  return { code: ended.code, signal: ended.signal, crash: ended.stderr.match(CRASH)?.[0] ?? null };
}
