import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import type { Plan } from "holdfast";
import { beforeAll, describe, expect, test } from "vitest";
import { makeProject, type Problem, type Project } from "./harness.js";

interface Row {
  readonly key: string;
  readonly outcome: "ok" | "error";
  readonly output: { readonly text: string } | null;
  readonly category: string | null;
  readonly attempts: number;
}

const startItems = (project: Project, id: string, ...more: string[]) => [
  "start",
  "items",
  `--folder=${project.path("items")}`,
  `--run-id=${id}`,
  ...more,
];

const exported = (project: Project, id: string) => project.json<Row[]>(["export", id]);

describe("a run with items that failed", () => {
  let project: Project;
  beforeAll(async () => {
    project = await makeProject();
    await project.write("items/fail-k2", "refusal");
    await project.write("items/fail-k5", "timeout");
    const started = await project.run(startItems(project, "i"));
    expect([started.code, started.stdout]).toEqual([
      3,
      expect.stringMatching(/^Run i failed[\s\S]*^ {2}cost {7}\$1\.00$/m),
    ]);
  });

  test("is shown with its items: counts, errors by category, cost", async () => {
    expect(await project.json(["show", "i"])).toMatchObject({
      reason: "items_failed",
      maps: [{ stage: "classify", total: 6, ok: 4, failed: 2, errors: { refusal: 1, timeout: 1 }, costUsd: 1 }],
    });
    const { stdout } = await project.run(["show", "i"]);
    expect(stdout).toMatch(
      /classify {2}6 of 6 items, 4 ok, 2 failed \((refusal 1, timeout 1|timeout 1, refusal 1)\), \$1\.00/,
    );
    const logs = await project.run(["logs", "i", "--type=map.committed"]);
    expect(logs.stdout).toMatch(/^ *\d+ {2}[\d:.]+ {2}stage classify: \d of 6 items/);
  });

  test("is planned: what stays, what would be called and cost; nothing is changed", async () => {
    const plan = await project.json<Plan>(["resume", "i", "--plan", "--only=errors"]);
    expect(plan.maps).toMatchObject([
      { stage: "classify", keep: 4, missing: 0, errors: { refusal: 1, timeout: 1 }, stale: 0, calls: 2 },
    ]);
    const shown = await project.run(["resume", "i", "--plan", "--only=errors:refused", "--set=prompt.version=b"]);
    expect(shown.code).toBe(0);
    expect(shown.stderr).toContain('no failed item has the category "refused"; there are: ');
    expect(shown.stderr).toContain('prompt.version: recorded "a", given "b"');
    expect(shown.stdout).toMatch(/input {2}prompt.version: recorded "a", given "b"/);
    expect(shown.stdout).toMatch(/map {4}classify: 6 kept, 0 missing, 2 errors .*, 6 stale$/m);
    expect(shown.stdout).toMatch(/drift {2}config of stage classify was [0-9a-f]{12}, is [0-9a-f]{12}/);
    expect(await project.json(["show", "i"])).toMatchObject({ status: "failed", input: { prompt: { version: "a" } } });
  });

  test.each([
    [["--only=erors"], 2, "Did you mean errors?"],
    [["--only=@none.txt"], 2, "there is no such file"],
    [["--only=errors", "--set=prompt.versoin=b"], 2, "Did you mean prompt.version?"],
    [["--config=none.yaml"], 2, "there is no such file"],
  ])("is not resumed with %j", async (flags, code, words) => {
    expect((await project.json<Problem>(["resume", "i", ...flags], code)).detail).toContain(words);
  });

  test("is exported as lines, as one document and as a table that a spreadsheet may open", async () => {
    const lines = (await project.run(["export", "i"])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Row);
    expect(lines.map(({ key, outcome }) => `${key} ${outcome}`)).toEqual([
      "k1 ok",
      "k2 error",
      "k3 ok",
      "k4 ok",
      "k5 error",
      "k6 ok",
    ]);
    expect(lines[0]).toEqual({
      key: "k1",
      outcome: "ok",
      output: { label: true, predicted: true, text: "a1" },
      error: null,
      category: null,
      attempts: 1,
      startedAt: expect.any(Number),
      finishedAt: expect.any(Number),
      usage: { tokens: 1 },
      costUsd: 0.25,
      unpriced: null,
    });
    expect(lines[1]).toMatchObject({ output: null, category: "refusal", error: { category: "refusal" } });
    const written = await project.json(["export", "i", "--out=items.csv"]);
    expect(written).toMatchObject({ stage: "classify", format: "csv", rows: 6, failed: 2 });
    const csv = readFileSync(project.path("items.csv"), "utf8").split("\r\n");
    expect(csv[0]).toBe(
      "key,outcome,output.label,output.predicted,output.text,output,error,category,attempts,startedAt,finishedAt,usage,costUsd,unpricedCalls,unpricedTokens",
    );
    expect(csv[1]).toMatch(/^k1,ok,true,true,a1,,,,1,\d{13},\d{13},"\{""tokens"":1\}",0\.25,0,0$/);
    expect(csv[2]).toMatch(/^k2,error,,,,,'=no ␛\[31mk2,refusal,1,/);
    expect(readdirSync(project.folder).filter((name) => name.includes("items.csv"))).toEqual(["items.csv"]);
    expect((await project.json<Problem>(["export", "i", "--stage=report"], 2)).detail).toContain("report");
    expect((await project.run(["export", "i", "--out=none/items.csv"])).code).toBe(2);
  });

  test("is resumed for one category, then for listed keys: nothing else is called again", async () => {
    await rm(project.path("items/fail-k2"));
    expect((await project.run(["resume", "i", "--only=errors:refusal"])).code).toBe(3);
    expect((await exported(project, "i")).map(({ attempts }) => attempts)).toEqual([1, 2, 1, 1, 1, 1]);
    await rm(project.path("items/fail-k5"));
    const unknown = await project.write("unknown.txt", "K5\nk 5\n");
    const refused = await project.run(["resume", "i", `--only=@${unknown}`]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("no item with any of the 2 listed keys"),
    ]);
    const keys = await project.write("keys.txt", "k5\r\n\nk5\nk7\n");
    const planned = await project.run(["resume", "i", "--plan", `--only=@${keys}`]);
    expect(planned.stdout).toMatch(/5 kept, .* 1 call\n {2}keys {3}1 listed key not in this run: k7\n/);
    const done = await project.run(["resume", "i", `--only=@${keys}`]);
    expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/^Run i completed/)]);
    expect(done.stderr).toContain("1 listed key not in this run: k7");
    const rows = await exported(project, "i");
    expect(rows.map(({ attempts, outcome }) => `${attempts} ${outcome}`)).toEqual([
      "1 ok",
      "2 ok",
      "1 ok",
      "1 ok",
      "2 ok",
      "1 ok",
    ]);
  });

  test("is resumed with a changed input, told difference by difference, and done again on demand", async () => {
    const config = await project.write(
      "b.yaml",
      `folder: ${project.path("items")}\nprompt: { version: b }\nrun: { resume: true, experiment_id: i }\n`,
    );
    const refused = await project.run(["resume", "i", `--config=${config}`, "--only=stale"]);
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining("--accept redo")]);
    const redone = await project.run(["resume", "i", `--config=${config}`, "--only=stale", "--accept=redo"]);
    expect(redone.code).toBe(0);
    expect((await exported(project, "i")).map(({ output }) => output?.text)).toEqual([
      "b1",
      "b2",
      "b3",
      "b4",
      "b5",
      "b6",
    ]);
    expect(await project.json(["show", "i"])).toMatchObject({ input: { prompt: { version: "b" } } });
  });

  test("is compared item by item with another, and by what its workflow registered: 9", async () => {
    await project.json(startItems(project, "j", "--prompt.version=a"));
    const document = await project.json(["diff", "j", "i"], 9);
    expect(document).toMatchObject({
      isEqual: false,
      stages: [{ stage: "classify", items: { inBoth: 6, same: 0, changed: { count: 6 } } }],
      comparison: { rightToWrong: ["k3"], wrongToRight: [] },
    });
    const { stdout } = await project.run(["diff", "j", "i"]);
    expect(stdout).toContain("different result    6  (k1, k2, k3, k4, k5, …)");
    expect(stdout).toMatch(/right → wrong 1, wrong → right 0\n/);
    // What was asked differently, then which way items went, then what the workflow says.
    expect(stdout).toMatch(
      /request\n {2}input\.prompt\.version: "a" → "b"[\s\S]*items of classify[\s\S]*right → wrong/,
    );
    expect((await project.run(["diff", "j", "i", "--stage=classify"])).stdout).toContain("items of classify");
    expect((await project.run(["diff", "i", "i"])).code).toBe(0);
  });

  test("is forked: the results stay with it, the fork shows and exports them", async () => {
    const forked = await project.json(["fork", "i", "--from=report", "--run-id=f"]);
    expect(forked).toMatchObject({ id: "f", status: "completed", forkedFrom: { runId: "i", stage: "report" } });
    expect((await exported(project, "f")).length).toBe(6);
    const queued = await project.run(["fork", "i", "--from=classify", "--set=count=2", "--run-id=g", "--detach"]);
    expect(queued.stdout).toBe("Run g queued, forked from i at classify\n  next  holdfast worker --until-idle\n");
    expect(await project.json(["show", "g"])).toMatchObject({ status: "queued", input: { count: 2 } });
    expect((await project.json<Problem>(["fork", "i", "--from=clasify"], 2)).code).toBe("UNKNOWN_STAGE");
    expect((await project.run(["fork", "i"])).code).toBe(2);
    const refused = await project.json<Problem>(["delete", "i", "--yes"], 6);
    expect([refused.code, refused.detail]).toEqual(["RUN_FORKED", expect.stringContaining("f, g were forked from it")]);
    expect((await exported(project, "f")).length).toBe(6);
    for (const [fork, ...flags] of [["f"], ["i", "--even-if-forked"], ["g"]]) {
      expect((await project.run(["delete", fork ?? "", "--yes", ...flags])).code).toBe(0);
    }
  });

  test("several maps must be told apart, and a run without one has nothing to export", async () => {
    await project.json(startItems(project, "d", "--is-double", "--count=1"));
    expect((await project.json<Problem>(["export", "d"], 2)).detail).toContain("several maps: classify, again");
    expect(await project.json(["export", "d", "--stage=again"])).toMatchObject([{ key: "k1", output: "k1" }]);
    await project.json(["start", "brief", "--topic=t", "--run-id=b"]);
    expect((await project.json<Problem>(["export", "b"], 2)).detail).toContain("has no map");
  });
});

describe("a run that is at work", () => {
  test("is exported as far as it is, and resumed by `start` as the environment or the input says", async () => {
    const project = await makeProject();
    await project.write("items/hold-k3", "");
    await project.write("items/fail-k1", "refusal");
    const running = project.spawn(startItems(project, "r", "--max-failed=3"));
    await running.says(/stage classify: \d of 6 items/);
    let partial = await project.run(["export", "r"]);
    // All but the one that is held: what is cut off is that one alone.
    while (partial.stdout.split("\n").length <= 5) partial = await project.run(["export", "r"]);
    expect([partial.code, partial.stderr]).toEqual([0, expect.stringContaining("is running")]);
    expect(partial.stdout).toMatch(/^\{"key":"k1","outcome":"error"/);
    running.child.kill("SIGKILL");
    await running.ended;
    await rm(project.path("items/hold-k3"));
    const start = ["start", "items", `--folder=${project.path("elsewhere")}`];
    const without = await project.run(start, { env: { RESUME: "1" } });
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining("set EXPERIMENT_ID=<runId>")]);
    const other = await project.run(["start", "brief"], { env: { RESUME: "1", EXPERIMENT_ID: "r" } });
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("belongs to items, not to brief")]);
    const config = await project.write("c.yaml", "folder: /elsewhere\nrun: { resume: true, experiment_id: r }\n");
    const resumed = await project.run(["start", "items", `--config=${config}`]);
    expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringMatching(/^Run r completed/)]);
    expect(resumed.stderr).toContain(`warning: folder: recorded "${project.path("items")}", given "/elsewhere"`);
    expect((await exported(project, "r")).map(({ attempts }) => attempts)).toEqual([1, 1, 2, 1, 1, 1]);
    await rm(project.path("items/fail-k1"));
    const env = { RESUME: "1", EXPERIMENT_ID: "r", RETRY_ERRORS_ONLY: "1" };
    expect((await project.run(["start", "items"], { env })).code).toBe(0);
    expect((await exported(project, "r")).map(({ outcome }) => outcome)).toEqual(Array(6).fill("ok"));
  });
});

describe("before a resume", () => {
  test("too little free space is refused with the numbers (7), and a backup is written where it is wanted", async () => {
    const project = await makeProject();
    await project.write("items/fail-k1", "other");
    await project.run(startItems(project, "s", "--count=2"));
    const env = { HOLDFAST_MIN_FREE_BYTES: "900000000000000" };
    const low = await project.run(["resume", "s", "--only=errors"], { env });
    expect([low.code, low.stderr]).toEqual([
      7,
      expect.stringMatching(/\d+ MiB free; a resume needs at least 858306885 MiB/),
    ]);
    expect(low.stderr).toContain("DISK_LOW");
    await rm(project.path("items/fail-k1"));
    const fixture = new URL("./fixture/holdfast.config.ts", import.meta.url).pathname;
    const config = await project.write(
      "holdfast.config.ts",
      `import config from ${JSON.stringify(fixture)};\nexport default { ...config, backup: true, keepBackups: 2, minFreeBytes: 0 };\n`,
    );
    for (const name of ["2024-01-01T00-00-00.000Z.db", "2024-01-02T00-00-00.000Z.db", "before-the-upgrade.db"]) {
      await project.write(`.holdfast/backups/${name}`, "older");
    }
    const resumed = await project.run([
      "resume",
      "--latest",
      "--workflow=items",
      "--only=errors",
      `--config-file=${config}`,
    ]);
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringMatching(/^Backup written: .*backups.*Z\.db$/m)]);
    const [older, backup, own] = readdirSync(project.path(".holdfast/backups")).sort();
    expect([older, own]).toEqual(["2024-01-02T00-00-00.000Z.db", "before-the-upgrade.db"]);
    expect(await project.json(["show", "s", `--url=sqlite:.holdfast/backups/${backup}`])).toMatchObject({
      status: "failed",
    });
    expect((await project.json(["show", "s"])).status).toBe("completed");
  });
});

describe("datasets", () => {
  test("are read once, listed, and compared with their files: 0, 8 when rows differ, 6 when it is gone", async () => {
    const project = await makeProject();
    const file = await project.write("cases.csv", "id,kind,text\n1,le,a\n1,cme,b\n2,le,=c\n");
    const ingest = ["datasets", "ingest", file, "--name=cases", "--key=id,kind"];
    expect((await project.run(ingest)).stdout).toMatch(/^Dataset cases version 1: 3 rows, read\n/);
    expect(await project.json(ingest)).toMatchObject({ isNew: false, dataset: { rowCount: 3, version: 1 } });
    expect((await project.run(["datasets"])).stdout).toMatch(/cases +1 +3 +[0-9a-f]{12} +[0-9a-f]{12} /);
    expect((await project.run(["datasets", "verify", "cases"])).code).toBe(0);
    await project.write("cases.csv", "id,kind,text\n1,le,a\n1,cme,B\n3,le,d\n");
    expect(await project.json(["datasets", "verify", "cases"], 8)).toMatchObject({
      state: "changed",
      changed: 1,
      added: 1,
      missing: 1,
      firstKeys: { changed: ["1:cme"], added: ["3:le"], missing: ["2:le"] },
    });
    const strict = await project.json<Problem>([...ingest, "--on-change=refuse"], 6);
    expect([strict.code, strict.detail]).toEqual([
      "DATASET_CHANGED",
      expect.stringContaining("1 row changed, 1 added, 1 missing"),
    ]);
    expect(await project.json([...ingest, "--reason=corrected"])).toMatchObject({
      isNew: true,
      since: { version: 1, changes: { changed: 1, added: 1, missing: 1 } },
      dataset: { version: 2, changeReason: "corrected" },
    });
    // Another folder's file of the same name is another's, unless the name says that it is meant.
    await mkdir(project.path("other"));
    const other = await project.write("other/cases.csv", "id,kind,text\n1,le,a\n");
    const derived = await project.json<Problem>(["datasets", "ingest", other, "--key=id,kind"], 2);
    expect(derived.detail).toMatch(/Dataset cases was read from \S+cases\.csv; \S+other\/cases\.csv is another file/);
    expect((await project.run(["datasets", "ingest", other, "--name=cases", "--key=id,kind"])).stdout).toMatch(
      /^Dataset cases version 3: 1 row, read\n {2}since {3}version 2: 0 changed, 0 added, 2 gone\n/,
    );
    await project.write("cases.csv", "id,kind,text\n1,le\n,,x\n");
    expect((await project.json<Problem>([...ingest, "--reason=r"], 2)).code).toBe("ROW_INVALID");
    await rm(other);
    expect((await project.json<Problem>(["datasets", "verify", "cases"], 6)).code).toBe("SOURCE_MISSING");
    expect((await project.json<Problem>(["datasets", "verify", "none"], 5)).code).toBe("DATASET_NOT_FOUND");
  });
});

describe("generate", () => {
  test("makes what the configuration registers, with flags of its own", async () => {
    const project = await makeProject();
    expect((await project.run(["generate"])).stdout).toMatch(/numbers +Numbers, one a line\./);
    expect(await project.json(["generate", "numbers", "--count=2", "--from=7", "--out=n.csv"])).toMatchObject({
      what: "numbers",
      rows: 2,
    });
    expect(readFileSync(project.path("n.csv"), "utf8")).toBe("n\n7\n8\n");
    expect((await project.json<Problem>(["generate", "numbers", "--out=x.csv"], 2)).detail).toContain("--count=N");
    expect((await project.json<Problem>(["generate", "numbers", "--count=0", "--out=x.csv"], 2)).detail).toContain(
      "expected at least 1",
    );
    expect((await project.json<Problem>(["generate", "number"], 2)).detail).toContain("Did you mean numbers?");
    expect(existsSync(project.path("x.csv"))).toBe(false);
  });
});
