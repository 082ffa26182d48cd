import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fingerprintOf } from "@holdfast/core";
import type { RunEvent } from "holdfast";
import { beforeAll, describe, expect, test } from "vitest";
import { makeProject, type Problem, type Project } from "./harness.js";

let project: Project;
beforeAll(async () => {
  project = await makeProject();
  await project.json(["start", "brief", "--topic=tides", "--run-id=run-tides"]);
  await project.json(["start", "brief", "--topic=ebb", "--words=7", "--run-id=run-ebb"]);
  await project.json(["start", "failing", `--file=${project.path("none")}`, "--run-id=bad"], 1);
});

describe("looking", () => {
  test("runs lists the newest first, by status and workflow, page by page", async () => {
    const { stdout, code } = await project.run(["runs"]);
    expect([code, stdout.split("\n")[0]]).toEqual([0, expect.stringMatching(/^RUN +WORKFLOW +FIELDS +STATUS/)]);
    expect(stdout).toMatch(/bad .*failed[\s\S]*run-ebb .*completed[\s\S]*run-tides/);
    expect(stdout).not.toContain("\u001b");
    const failed = await project.json<{ rows: { id: string }[]; next: string | null }>(["runs", "--status=failed"]);
    expect(failed.rows.map((row) => row.id)).toEqual(["bad"]);
    const first = await project.json<{ asOf: number; rows: { id: string }[]; next: string }>([
      "runs",
      "--workflow=brief",
      "--limit=1",
    ]);
    const second = await project.json<{ rows: { id: string }[] }>([
      "runs",
      "--workflow=brief",
      "--limit=1",
      `--cursor=${first.next}`,
    ]);
    expect([...first.rows, ...second.rows].map((row) => row.id)).toEqual(["run-ebb", "run-tides"]);
    expect((await project.run(["runs", "--status=compleet"])).code).toBe(2);
    const none = await project.run(["runs", "--field=topic=flood"]);
    expect([none.code, none.stdout, none.stderr]).toEqual([
      0,
      "",
      "No run matches. To list all runs: holdfast runs.\n",
    ]);
  });

  test("runs takes the same query as the page's search box, as one argument or several, and reports invalid filters", async () => {
    const ids = async (...words: string[]) =>
      (await project.json<{ rows: { id: string }[] }>(["runs", ...words])).rows.map(({ id }) => id);
    expect(await ids("status:failed")).toEqual(["bad"]);
    expect(await ids("status:completed workflow:brief topic:EBB")).toEqual(["run-ebb"]);
    expect(await ids("-workflow:failing", "-topic:ebb")).toEqual(["run-tides"]);
    expect(await ids("!status:completed", "started:>1h")).toEqual(["bad"]);
    expect(await ids("run-", "--status=completed", "--limit=1")).toEqual(["run-ebb"]);
    expect(await ids("started:<1h")).toEqual([]);
    expect(await ids("cost:>0.01")).toEqual([]);
    const { error } = await project.json<{ error: { code: string; message: string } }>(["show", "bad"]);
    const cause = fingerprintOf(null, error.code, error.message, (text) =>
      createHash("sha256").update(text).digest("hex"),
    );
    expect([await ids(`cause:${cause}`), await ids(`-cause:${cause}`)]).toEqual([["bad"], ["run-ebb", "run-tides"]]);
    expect(await ids('topic:"ebb"')).toEqual(["run-ebb"]);
    for (const [words, message] of [
      [["status:done"], "done is no status"],
      [["planet:mars"], '"planet" is no search field'],
      [["status:failed", "--status=failed"], "are given both"],
      [["workflow:a", "workflow:b"], "asked for twice"],
      [["topic:ebb", "--field=topic=tides"], "is given twice"],
      [["cost:5"], "is no amount"],
      [["cause:boom"], "is not a fingerprint"],
    ] as const) {
      const refused = await project.run(["runs", ...words]);
      expect([refused.code, refused.stderr], words.join(" ")).toEqual([2, expect.stringContaining(message)]);
    }
    const page = await project.run(["runs", "-workflow:failing", "--limit=1"]);
    expect(page.stderr).toMatch(/More: holdfast runs '!workflow:failing' --limit=1 --cursor=/);
  });

  test("show prints one run, by id, prefix or @last", async () => {
    const shown = await project.run(["show", "run-t"]);
    expect(shown.stdout).toMatch(/^run-tides {2}completed/);
    expect(shown.stdout).toMatch(/gather +Gather sources +completed/);
    const bad = await project.run(["show", "@last"]);
    expect(bad.stdout).toMatch(/^bad {2}failed/);
    expect(bad.stdout).toMatch(/error {2}.*no .*none/);
    expect(bad.stdout).not.toContain("\u001b");
  });

  test.each([
    ["nothing", 5, "RUN_NOT_FOUND"],
    ["run-", 2, "AMBIGUOUS_RUN_ID"],
    ["../run-tides", 2, "BAD_RUN_ID"],
  ])("show %s exits with %i, %s", async (given, exit, code) => {
    expect((await project.json<Problem>(["show", given], exit)).code).toBe(code);
    const { stderr, stdout } = await project.run(["show", given]);
    expect([stdout, stderr]).toEqual([
      "",
      expect.stringMatching(new RegExp(`^error: [\\s\\S]*hint: [\\s\\S]*code: +${code}`)),
    ]);
  });

  test("logs prints every event once, in order, filtered by stage and type", async () => {
    const { stdout } = await project.run(["logs", "run-tides", "--json"]);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)?.type).toBe("run.completed");
    const started = await project.run(["logs", "run-tides", "--type=stage.started", "--stage=write"]);
    expect(started.stdout.trim().split("\n")).toEqual([expect.stringMatching(/stage write started$/)]);
    const later = await project.run(["logs", "run-tides", `--after=${events.length - 1}`]);
    expect(later.stdout).toMatch(/^ *\d+ {2}[\d:.]+ {2}run completed: 2 stages\n$/);
    expect((await project.run(["logs", "run-tides", "--type=stage.begun"])).code).toBe(2);
  });

  test("watch follows a run of another process to its end and exits with its code", async () => {
    const gate = project.path("watched");
    const running = project.spawn(["start", "gated", `--gate=${gate}`, "--run-id=watched-1"]);
    await running.says(/stage hold started/);
    const watching = project.spawn(["watch", "watched-1"]);
    await watching.says(/stage hold started/);
    await writeFile(join(gate, "open"), "");
    const watched = await watching.ended;
    expect([watched.code, watched.stdout]).toEqual([0, "Run watched-1 completed\n"]);
    expect(watched.stderr).toContain("run completed");
    expect((await running.ended).code).toBe(0);
    expect((await project.run(["watch", "bad"])).code).toBe(1);
    const streamed = await project.run(["watch", "bad", "--json"]);
    expect(JSON.parse(streamed.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ type: "run.failed" });
  });

  test("NO_COLOR wins over FORCE_COLOR, and --no-color over both", async () => {
    const coloured = await project.run(["runs"], { env: { FORCE_COLOR: "1" } });
    expect(coloured.stdout).toContain("\u001b[32m");
    for (const [args, env] of [
      [[], { FORCE_COLOR: "1", NO_COLOR: "1" }],
      [["--no-color"], { FORCE_COLOR: "1" }],
    ] as const) {
      expect((await project.run(["runs", ...args], { env })).stdout).not.toContain("\u001b");
    }
  });
});

describe("outputs", () => {
  test("artifacts lists files, and --verify finds the edited and the missing one", async () => {
    const listed = await project.json<{ name: string; path: string; sizeBytes: number }[]>(["artifacts", "run-tides"]);
    expect(listed.map((artifact) => artifact.name)).toEqual(["sources.json", "brief.txt"]);
    expect((await project.run(["artifacts", "run-tides", "--verify"])).code).toBe(0);
    const copy = await project.json(["start", "brief", "--topic=edited", "--run-id=edited"]);
    const [sources, text] = await project.json<{ path: string }[]>(["artifacts", copy.id]);
    await writeFile(sources?.path ?? "", "{}");
    const edited = await project.run(["artifacts", copy.id, "--verify"]);
    expect([edited.code, edited.stdout]).toEqual([
      1,
      expect.stringMatching(/sources\.json .*changed[\s\S]*brief\.txt .*ok/),
    ]);
    const { rm } = await import("node:fs/promises");
    await rm(text?.path ?? "");
    const missing = await project.run(["artifacts", copy.id, "--verify", "--stage=write"]);
    expect([missing.code, missing.stdout]).toEqual([5, expect.stringMatching(/brief\.txt .*missing/)]);
  });

  test("diff is silent about equal runs, 0, and tells differences by path and line, 9", async () => {
    const same = await project.run(["diff", "run-tides", "run-tides"]);
    expect([same.code, same.stdout]).toEqual([0, "Equal: 2 stages compared\n"]);
    const { code, stdout } = await project.run(["diff", "run-tides", "run-ebb"]);
    expect(code).toBe(9);
    expect(stdout).toContain('$.topic: "tides" → "ebb"');
    expect(stdout).toMatch(/- About tides\n +- In 100 words\n +\+ About ebb\n +\+ In 7 words\n +plain/);
    const one = await project.run(["diff", "run-tides", "run-ebb", "--stage=gather", "--json"]);
    expect(JSON.parse(one.stdout)).toMatchObject({
      isEqual: false,
      stages: [{ stage: "gather", artifacts: [{ name: "sources.json", kind: "json" }] }],
    });
    expect((await project.run(["diff", "run-tides", "run-ebb", "--stage=gathr"])).stderr).toContain(
      "Did you mean gather?",
    );
    expect((await project.run(["diff", "run-tides"])).code).toBe(2);
  });
});

describe("the command itself", () => {
  test.each([
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    [["--help"], 0, /start +start a run/, /^$/],
    [[], 0, /holdfast <command>/, /^$/],
    [["help", "resume"], 0, /--latest/, /^$/],
    [["start", "brief", "--help"], 0, /--topic=TEXT +what it is about \(required\)/, /^$/],
    [["strat"], 2, /^$/, /Did you mean start\?/],
    [["db"], 2, /^$/, /db migrate or db backup/],
    [["show"], 2, /^$/, /needs <runId>/],
    [["show", "a", "b"], 2, /^$/, /"b" is one too many/],
    [["completion", "bash"], 0, /complete .*holdfast/, /^$/],
    [["completion", "powershell"], 2, /^$/, /bash, zsh, fish/],
    [["__complete", "show", "run-t"], 0, /^run-tides\n$/, /^$/],
    [["__complete", "start", "brief", "--to"], 0, /^--topic=\n--tone=\n$/, /^$/],
  ] as const)("holdfast %j exits with %i", async (args, code, stdout, stderr) => {
    const ended = await project.run(args);
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([
      code,
      expect.stringMatching(stdout),
      expect.stringMatching(stderr),
    ]);
  });
});
