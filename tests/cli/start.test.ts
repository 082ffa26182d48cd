import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { makeProject, type Problem } from "./harness.js";

describe("holdfast start", () => {
  test("runs a workflow to its end: id and progress on standard error, the summary on standard output, exit code 0", async () => {
    const project = await makeProject();
    const { code, stdout, stderr } = await project.run(["start", "brief", "--topic=tides", "--run-id=run-a"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^New store\. Workers remove failed and cancelled runs after 90 days; completed ones are kept\..*\nRun run-a\n/,
    );
    expect(stderr).toMatch(
      /stage gather started[\s\S]*stage gather completed[\s\S]*stage write completed[\s\S]*run completed/,
    );
    expect(stdout).toMatch(/^Run run-a completed after \d/);
    expect(stdout).toContain("2 stages completed");
    expect(stdout).toContain(project.path(".holdfast/runs/run-a"));
    expect(stdout).toContain("holdfast show run-a");
    expect(existsSync(project.path(".holdfast/holdfast.db"))).toBe(true);
  });

  test("--json prints the run as it ended, and nothing else on standard output", async () => {
    const project = await makeProject();
    const run = await project.json(["start", "brief", "--topic", "tides", "--tags=a", "--tags=b", "--words", "20"]);
    expect(run).toMatchObject({
      workflow: "brief",
      version: "1",
      status: "completed",
      input: { topic: "tides", words: 20, tone: "plain", tags: ["a", "b"] },
      output: { words: 20 },
      stages: [
        { name: "gather", title: "Gather sources", status: "completed" },
        { name: "write", status: "completed" },
      ],
    });
    expect(run.id).toMatch(/^run-\d{8}-\d{6}-[0-9a-z]{8}$/);
  });

  test("a failed run exits with 1 and says what to do; a resume after the fix completes it", async () => {
    const project = await makeProject();
    const file = project.path("there");
    const failed = await project.run(["start", "failing", `--file=${file}`, "--run-id=f"]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^Run f failed/);
    expect(failed.stdout).toContain("holdfast logs f");
    expect(failed.stdout + failed.stderr).not.toContain("\u001b");
    await project.write("there", "");
    const resumed = await project.run(["resume", "f"]);
    expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringMatching(/^Run f completed/)]);
  });

  test("--through pauses with 0; resume continues from there and repeats nothing", async () => {
    const project = await makeProject();
    const first = await project.json(["start", "brief", "--topic=t", "--run-id=p", "--through=gather"]);
    expect(first).toMatchObject({ status: "paused", stages: [{ status: "completed" }, { status: "pending" }] });
    const plan = await project.run(["resume", "p", "--plan"]);
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringMatching(/keep {3}gather\n {2}do {5}write/)]);
    const second = await project.json(["resume", "--latest", "--workflow=brief"]);
    expect(second.status).toBe("completed");
    expect(second.stages.map((stage) => stage.attempts.length)).toEqual([1, 1]);
    const third = await project.run(["resume", "p"]);
    expect([third.code, third.stderr]).toEqual([6, expect.stringContaining("ILLEGAL_MOVE")]);
  });

  test("--detach queues the run, and a worker executes it", async () => {
    const project = await makeProject();
    const queued = await project.json(["start", "brief", "--topic=t", "--run-id=d", "--detach"]);
    expect(queued.status).toBe("queued");
    const worker = await project.run(["worker", "--until-idle"]);
    expect([worker.code, worker.stderr]).toEqual([0, expect.stringContaining("Executing runs of brief")]);
    expect((await project.json(["show", "d"])).status).toBe("completed");
  });

  test("the input comes from a file, from standard input and from a configuration, with flags on top", async () => {
    const project = await makeProject();
    await project.write("experiment.yaml", "topic: from-yaml\nwords: 1\ntone: formal\n");
    await project.write("input.json", '{ "words": 2 }');
    const run = await project.json(["start", "brief", "--config=experiment.yaml", "--input=input.json", "--tags=x"]);
    expect(run.input).toEqual({ topic: "from-yaml", words: 2, tone: "formal", tags: ["x"] });
    const piped = await project.run(["start", "brief", "--input=-", "--json"], { stdin: '{"topic":"piped"}' });
    expect(JSON.parse(piped.stdout).input.topic).toBe("piped");
  });
});

describe("what cannot be started writes nothing", () => {
  const cases: readonly (readonly [
    what: string,
    args: readonly string[],
    code: string,
    exit: number,
    detail: RegExp,
  ])[] = [
    ["a missing field", ["start", "brief"], "BAD_INPUT", 2, /topic: is missing \(what it is about\): --topic=TEXT/],
    [
      "a value not in the list",
      ["start", "brief", "--topic=t", "--tone=plane"],
      "BAD_INPUT",
      2,
      /tone: "plane" is not one of plain, formal; did you mean plain/,
    ],
    [
      "a number in words",
      ["start", "brief", "--topic=t", "--words=many"],
      "BAD_INPUT",
      2,
      /words: a number is expected/,
    ],
    ["a number out of range", ["start", "brief", "--topic=t", "--words=-1"], "BAD_INPUT", 2, /words/],
    [
      "an unknown flag",
      ["start", "brief", "--topc=t"],
      "WRONG_USE",
      2,
      /Unknown option --topc\. Did you mean --topic\?/,
    ],
    [
      "an unknown workflow",
      ["start", "breif"],
      "UNKNOWN_WORKFLOW",
      2,
      /the registered workflows are: brief, gated, .*failing/,
    ],
    ["no workflow", ["start"], "WRONG_USE", 2, /needs <workflow>/],
    ["an unknown stage", ["start", "brief", "--topic=t", "--through=publish"], "UNKNOWN_STAGE", 2, /gather, write/],
    [
      "an id that leaves its folder",
      ["start", "brief", "--topic=t", "--run-id=../../etc"],
      "BAD_RUN_ID",
      2,
      /is not a valid run ID/,
    ],
    ["an id with a slash", ["start", "brief", "--topic=t", "--run-id=a/b"], "BAD_RUN_ID", 2, /is not a valid run ID/],
    ["a flag without its value", ["start", "brief", "--topic"], "WRONG_USE", 2, /--topic needs a value/],
    [
      "an input that is no file",
      ["start", "brief", "--input=none.json"],
      "SOURCE_UNREADABLE",
      2,
      /none\.json: there is no such file/,
    ],
    [
      "an input that is broken",
      ["start", "brief", "--input=broken.json"],
      "SOURCE_UNREADABLE",
      2,
      /broken\.json, line 3: not JSON/,
    ],
    [
      "an input that is a list",
      ["start", "brief", "--input=list.json"],
      "BAD_INPUT",
      2,
      /list\.json holds a list, an object is expected/,
    ],
    [
      "a configuration that is broken",
      ["start", "brief", "--config=broken.yaml"],
      "SOURCE_UNREADABLE",
      2,
      /broken\.yaml, line 2: not YAML/,
    ],
    [
      "a lease in words",
      ["start", "brief", "--topic=t", "--lease-ms=5m"],
      "CONFIG_INVALID",
      2,
      /--lease-ms: whole milliseconds/,
    ],
    ["a lease too short", ["start", "brief", "--topic=t", "--lease-ms=10"], "WORKER_OPTIONS_INVALID", 2, /leaseMs/],
    [
      "a store of another kind",
      ["start", "brief", "--topic=t", "--url=mysql://u:secret@h/d"],
      "WRONG_USE",
      2,
      /mysql:\/\/…@h\/d/,
    ],
    [
      "a PostgreSQL store on a host that is not there",
      ["start", "brief", "--topic=t", "--url=postgres://u:secret@host.invalid/d"],
      "STORE_UNREACHABLE",
      7,
      /postgres:\/\/host\.invalid\/d: the server cannot be reached/,
    ],
  ];

  test.each(cases)("%s", async (_what, args, code, exit, detail) => {
    const project = await makeProject();
    await project.write("broken.json", '{\n  "topic": "t",\n}');
    await project.write("list.json", "[]");
    await project.write("broken.yaml", "topic: t\n\t- x\n");
    const before = readdirSync(project.folder);
    const problem = await project.json<Problem>(args, exit);
    expect(problem).toMatchObject({ code, detail: expect.stringMatching(detail), title: expect.any(String) });
    expect(JSON.stringify(problem)).not.toContain("secret");
    const after = readdirSync(project.folder).filter((name) => !before.includes(name));
    if (after.length > 0) expect((await project.json<{ rows: unknown[] }>(["runs"])).rows).toEqual([]);
  });

  test("an id that is taken: 6, and the first run is untouched", async () => {
    const project = await makeProject();
    await project.json(["start", "brief", "--topic=first", "--run-id=same"]);
    const { code, stderr } = await project.run(["start", "brief", "--topic=second", "--run-id=same"]);
    expect([code, stderr]).toEqual([6, expect.stringContaining("Run same already exists")]);
    expect(stderr).toContain("holdfast resume same");
    expect((await project.json(["show", "same"])).input).toMatchObject({ topic: "first" });
  });
});

describe("the configuration of a project", () => {
  test.each([
    [
      "holdfast.config.mjs",
      "export default {\n  workflows: [],\n  leaseMs: 'x',\n};",
      /holdfast\.config\.mjs, line 3: leaseMs/,
    ],
    ["holdfast.config.mjs", "export default {\n  workflows: [,\n  url: 3 3,\n};", /holdfast\.config\.mjs, line 3: /],
    [
      "holdfast.config.ts",
      "const a: number = 1;\nimport './nothing-here.js';\nexport default { workflows: [] };",
      /holdfast\.config\.ts.*nothing-here/,
    ],
  ])("an error in %s names file and line, 2", async (name, text, message) => {
    const project = await makeProject();
    await project.write(name, text);
    const { code, stderr } = await project.run(["runs"], { isBare: true });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test("without one, reading works, and starting says what is missing", async () => {
    const project = await makeProject();
    const looked = await project.run(["runs"], { isBare: true });
    expect([looked.code, looked.stderr]).toEqual([0, expect.stringContaining("No runs yet")]);
    const listed = await project.run(["workflows"], { isBare: true });
    expect([listed.code, listed.stderr]).toEqual([
      0,
      expect.stringContaining("There is no holdfast.config.ts in this folder"),
    ]);
    const started = await project.run(["start", "brief"], { isBare: true });
    expect([started.code, started.stderr]).toEqual([2, expect.stringContaining("the registered workflows are: none")]);
  });

  test("flags override the environment, which overrides the default", async () => {
    const project = await makeProject();
    await project.run(["start", "brief", "--topic=t", "--data-dir=by-flag"], {
      env: { HOLDFAST_DATA_DIR: project.path("by-env") },
    });
    expect(readdirSync(project.folder)).toEqual(["by-flag"]);
    const wrong = await project.run(["runs"], { env: { HOLDFAST_LEASE_MS: "soon" } });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("HOLDFAST_LEASE_MS")]);
  });
});
