/**
 * The end of a test run in words: what failed, what was left out, what costs most, and the count as the last line. Read from
 * the lines that `reporter.mjs` and `run.mjs` wrote, so that it can be told whatever became of the processes that wrote them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a file may take of the processors, as CONTRIBUTING.md has it. Told, not judged. */
const FILE_BUDGET_MS = 20_000;
const SLOW_SHOWN_MAX = 10;
const SUFFIX = ".jsonl";

/** Prints what the reports in `folder` come to; true when tests ran, none failed and, with `isCi`, none was skipped. */
export function printSummary(folder, { isCi, print = console.log }) {
  const versions = readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => readVersion(name.slice(0, -SUFFIX.length), readLines(join(folder, name))));
  for (const { name, files, passed, problems, skipped, ms, processorMs } of versions) {
    for (const problem of problems) print(`failed on ${name}: ${problem}`);
    for (const what of skipped) print(`skipped on ${name}: ${what}`);
    const counts = `${passed} passed, ${problems.length} failed, ${skipped.length} skipped`;
    print(
      `${name}: ${files.length} files, ${counts}${ms === undefined ? "" : `, ${seconds(ms)} s`}, ${seconds(processorMs)} s of the processors`,
    );
  }
  tellSlowest(versions, print);
  const sum = (count) => versions.reduce((total, version) => total + count(version), 0);
  const passed = sum((version) => version.passed);
  const skipped = sum((version) => version.skipped.length);
  let failed = sum((version) => version.problems.length);
  if (passed + failed === 0) {
    print("failed: no test ran");
    failed = 1;
  }
  const isRefused = isCi && skipped > 0;
  if (isRefused) print("CI skips nothing: install what the skipped tests need.");
  print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 && !isRefused;
}

function readVersion(name, lines) {
  const of = (kind) => lines.filter((line) => line.kind === kind);
  const files = of("file");
  const ended = new Set(files.map(({ file }) => file));
  const expected = of("start").flatMap((line) => line.files);
  const tests = files.flatMap(({ file, tests }) => tests.map((test) => ({ ...test, title: `${file} > ${test.name}` })));
  const problems = [
    ...tests.filter(({ state }) => state === "failed").map(({ title, error }) => `${title}: ${firstLine(error)}`),
    // A file that could not be loaded, or in which a hook failed, has no test that says so.
    ...files.filter(isBroken).map(({ file, error }) => `${file}: ${firstLine(error)}`),
    ...expected
      .filter((file) => !ended.has(file))
      .map((file) => `${file}: did not end${ofDeadline(file, of("overdue"))}`),
  ];
  const ends = of("ended");
  // What happened outside of any test: vitest fails for it, and so does the run.
  const bad = ends.find(({ code }) => code !== 0);
  if (problems.length === 0 && bad !== undefined) {
    problems.push(
      [`vitest ended with ${bad.code}`, ...of("unhandled").map(({ message }) => firstLine(message))].join("; "),
    );
  }
  return {
    name,
    ms: ends.length === 0 ? undefined : elapsedOf(ends),
    took: of("processor"),
    processorMs: of("processor").reduce((sum, { ms }) => sum + ms, 0),
    files,
    problems,
    passed: tests.filter(({ state }) => state === "passed").length,
    skipped: [
      ...of("missing").map(({ problem }) => `everything: ${problem}`),
      ...tests.filter(({ state }) => state !== "passed" && state !== "failed").map(({ title }) => title),
    ],
  };
}

/** From the first start to the last end: some parts of a version run beside others. */
function elapsedOf(ends) {
  return Math.max(...ends.map(({ at }) => at)) - Math.min(...ends.map(({ at, ms }) => at - ms));
}

function tellSlowest(versions, print) {
  const slow = versions
    .flatMap(({ name, took }) => took.map(({ file, ms }) => ({ file, ms, name })))
    .filter(({ ms }) => ms > FILE_BUDGET_MS)
    .sort((a, b) => b.ms - a.ms);
  if (slow.length === 0) return;
  print(`${slow.length} files took more than the ${FILE_BUDGET_MS / 1_000} s of the processors that one may take:`);
  for (const { file, ms, name } of slow.slice(0, SLOW_SHOWN_MAX)) print(`  ${seconds(ms)} s  ${file} (${name})`);
}

const seconds = (ms) => Math.round(ms / 1_000);

function isBroken({ state, tests }) {
  return state === "failed" && !tests.some((test) => test.state === "failed");
}

function ofDeadline(file, overdue) {
  const line = overdue.find(({ file: path }) => path.endsWith(file.replace(/^\S+ /, "/")));
  return line === undefined ? "" : ` within ${Math.round(line.limitMs / 1_000)} s, and was stopped`;
}

/** A process that is killed while it writes leaves half a line, which says nothing. */
function readLines(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

function firstLine(text) {
  return (text ?? "no reason given").split("\n")[0];
}
