/** The test run itself: a file that hangs is stopped alone, and there is a report whatever became of the run. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SUMMARY = join(ROOT, ".ci/summary.mjs");

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-suite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What the summary says of the reports in `folder`, and its exit code. */
function summaryOf(folder: string, ci = "") {
  const { stdout, status } = spawnSync(process.execPath, [SUMMARY, folder], {
    encoding: "utf8",
    env: { ...process.env, CI: ci },
  });
  return { lines: stdout.trim().split("\n"), status };
}

const jsonLines = (...lines: readonly object[]) => `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
const passed = (file: string) => ({
  kind: "file",
  file,
  state: "passed",
  ms: 5,
  tests: [{ name: "one", state: "passed", ms: 1 }],
});

test("a file that blocks its process, and one whose process dies, are told by name; the others are run and counted", () => {
  const reports = makeFolder({});
  const fine = `import { test } from "vitest"; test("fine", () => {});`;
  const folder = makeFolder({
    "package.json": `{ "type": "module" }`,
    "blocks.test.ts": `import { test } from "vitest"; test("blocks", () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });`,
    "dies.test.ts": `import { test } from "vitest"; test("dies", () => { process.kill(process.pid, "SIGKILL"); });`,
    "fine.test.ts": fine,
    "good.test.ts": fine,
    "vitest.config.ts": `export default { test: { maxWorkers: 2, projects: [{ test: {
      name: "units", isolate: false, include: ["*.test.ts"], setupFiles: [${JSON.stringify(join(ROOT, "tests/suite/announce.mjs"))}] } }] } };`,
  });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const { VITEST: _, VITEST_POOL_ID: _pool, VITEST_WORKER_ID: _worker, ...inherited } = process.env;
  const { status } = spawnSync(
    process.execPath,
    [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", `--reporter=${join(ROOT, "tests/suite/reporter.mjs")}`],
    {
      cwd: folder,
      encoding: "utf8",
      env: {
        ...inherited,
        HOLDFAST_TEST_REPORT: join(reports, "Node 1.jsonl"),
        HOLDFAST_TEST_RUNNING: join(folder, "running"),
        // Long enough for the other files on a loaded machine: they are through before.
        HOLDFAST_TEST_FILE_MAX_MS: "20000",
      },
    },
  );
  expect(status).not.toBe(0);
  const summary = summaryOf(reports);
  expect(summary.status).toBe(1);
  expect(summary.lines).toContain("failed on Node 1: units blocks.test.ts: did not end within 20 s, and was stopped");
  expect(summary.lines).toContainEqual(expect.stringMatching(/^failed on Node 1: units dies\.test\.ts: did not end/));
  expect(summary.lines.at(-1)).toBe("2 passed, 2 failed, 0 skipped");
  const report = readFileSync(join(reports, "Node 1.jsonl"), "utf8").trim().split("\n");
  const took = report.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "processor");
  expect(took.map(({ file }) => file).sort()).toEqual(["fine.test.ts", "good.test.ts", "vitest itself"]);
  expect(took.every(({ ms }) => ms > 0 && ms < 20_000)).toBe(true);
});

test("what says how soon something happens runs when all else has ended, and one report counts all parts", () => {
  const say = (name: string) => `import { appendFileSync } from "node:fs"; import { test } from "vitest";
    test("${name}", () => appendFileSync("order", "${name} "));`;
  const setup = JSON.stringify(join(ROOT, "tests/suite/announce.mjs"));
  const project = (name: string) =>
    `{ test: { name: "${name}", include: ["${name}.test.ts"], setupFiles: [${setup}] } }`;
  const folder = makeFolder({
    "package.json": `{ "type": "module" }`,
    "timed.test.ts": say("timed"),
    "chaos.test.ts": say("chaos"),
    "units.test.ts": say("units"),
    "vitest.config.mjs": `process.chdir(import.meta.dirname);
      export default { root: import.meta.dirname, test: {
        projects: [${project("timed")}, ${project("chaos")}, ${project("units")}] } };`,
  });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const { VITEST: _, VITEST_POOL_ID: _pool, VITEST_WORKER_ID: _worker, ...env } = process.env;
  const config = `--config=${join(folder, "vitest.config.mjs")}`;
  const words = [join(ROOT, "tests/suite/run.mjs"), "--node=this", config];
  const { stdout, status } = spawnSync(process.execPath, words, { encoding: "utf8", env: { ...env, CI: "" } });
  expect(stdout.trim().split("\n").at(-1)).toBe("3 passed, 0 failed, 0 skipped");
  expect(status).toBe(0);
  expect(readFileSync(join(folder, "order"), "utf8")).toMatch(/^(units chaos|chaos units) timed $/);
});

test("what runs on every version of Node is there", async () => {
  const { NODE_VERSIONS } = await import(join(ROOT, "tests/suite/nodes.mjs"));
  const { platformTestsOf } = await import(join(ROOT, "tests/suite/platform.mjs"));
  const listed = NODE_VERSIONS.flatMap((version: string) => platformTestsOf(version));
  expect(listed.filter((path: string) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("a report that was cut off in the middle of a line counts what was not reached as failed", () => {
  const start = { kind: "start", files: ["units a.test.ts", "units b.test.ts"] };
  const folder = makeFolder({ "Node 1.jsonl": `${jsonLines(start, passed("units a.test.ts"))}{"kind":"file","fi` });
  const { lines, status } = summaryOf(folder);
  expect(lines).toContain("failed on Node 1: units b.test.ts: did not end");
  expect([lines.at(-1), status]).toEqual(["1 passed, 1 failed, 0 skipped", 1]);
});

test("what a file took of the processors is told where it is more than its budget", () => {
  const folder = makeFolder({
    "Node 1.jsonl": jsonLines(
      { kind: "start", files: ["units a.test.ts"] },
      { kind: "processor", file: "a.test.ts", ms: 31_000 },
      passed("units a.test.ts"),
      { kind: "processor", file: "vitest itself", ms: 4_000 },
      { kind: "ended", code: 0, ms: 9_000, at: 9_000 },
    ),
  });
  const { lines } = summaryOf(folder);
  expect(lines[0]).toBe("Node 1: 1 files, 1 passed, 0 failed, 0 skipped, 9 s, 35 s of the processors");
  expect(lines[2]).toBe("  31 s  a.test.ts (Node 1)");
});

test("no report at all is a failure, never nothing", () => {
  const { lines, status } = summaryOf(makeFolder({}));
  expect([lines.at(-1), status]).toEqual(["0 passed, 1 failed, 0 skipped", 1]);
});

test("a version of Node that could not be had is skipped by name, and refused with CI set", () => {
  const folder = makeFolder({
    "Node 1.jsonl": jsonLines({ kind: "missing", problem: "npm could not fetch node@1" }),
    "Node 2.jsonl": jsonLines({ kind: "start", files: ["units a.test.ts"] }, passed("units a.test.ts"), {
      kind: "ended",
      code: 0,
      ms: 9,
      at: 9,
    }),
  });
  const here = summaryOf(folder);
  expect(here.lines).toContain("skipped on Node 1: everything: npm could not fetch node@1");
  expect([here.lines.at(-1), here.status]).toEqual(["1 passed, 0 failed, 1 skipped", 0]);
  const inCi = summaryOf(folder, "true");
  expect([inCi.lines.at(-1), inCi.status]).toEqual(["1 passed, 0 failed, 1 skipped", 1]);
});

test("a file that could not be loaded, a failed hook and an error outside of any test are failures", () => {
  const file = "units a.test.ts";
  const folder = makeFolder({
    "Node 1.jsonl": jsonLines(
      { kind: "start", files: [file] },
      { kind: "file", file, state: "failed", ms: 5, error: "Cannot find module x\nstack", tests: [] },
    ),
    "Node 2.jsonl": jsonLines(
      { kind: "start", files: [file] },
      passed(file),
      { kind: "unhandled", message: "boom" },
      { kind: "ended", code: 1, ms: 9, at: 9 },
    ),
  });
  const { lines, status } = summaryOf(folder);
  expect(lines).toContain("failed on Node 1: units a.test.ts: Cannot find module x");
  expect(lines).toContain("failed on Node 2: vitest ended with 1; boom");
  expect([lines.at(-1), status]).toEqual(["1 passed, 2 failed, 0 skipped", 1]);
});
