#!/usr/bin/env node
/**
 * `node tests/mutation/run.mjs [part of a file's name …]`: changes one place at a time in the files of `targets.mjs`,
 * in memory, and runs the tests that should notice. Prints a table and every mutant that survived; fails below
 * `CAUGHT_MIN`. `npm run chaos -- --long` ends with it.
 *
 * Each file is judged in a child process, because a mutant may loop without end on the thread of its tests, where no
 * timeout reaches it. The child is killed then, and the next one goes on behind that mutant.
 */
import { fork } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createVitest } from "vitest/node";
import { apply, mutantsOf } from "./mutants.mjs";
import { EXPLAINED, TARGETS } from "./targets.mjs";

const ROOT = realpathSync(fileURLToPath(new URL("../..", import.meta.url)));
/** As a share of all mutants. */
const CAUGHT_MIN = 0.9;
/** A mutant that hangs counts as caught: its test never ends. */
const TEST_TIMEOUT_MS = 60_000;
/** Without an answer for so long, the thread itself hangs: the tests of any file take seconds. */
const HANG_MS = 150_000;

/** The mutant under test, as `{ path, source }`; null for the code as it is. */
let current = null;

const sourceOf = (name) => join(ROOT, "packages", name, "src");
const plugin = {
  name: "one-mutant",
  enforce: "pre",
  load: (id) => (current !== null && id.split("?")[0] === current.path ? current.source : null),
};

async function open({ tests, only }) {
  const options = {
    watch: false,
    config: false,
    root: ROOT,
    include: tests,
    reporters: [{}],
    pool: "threads",
    maxWorkers: 1,
    fileParallelism: false,
    bail: 1,
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
    ...(only === undefined ? {} : { testNamePattern: only }),
  };
  const alias = [
    { find: "@holdfast/testkit/contract", replacement: join(sourceOf("testkit"), "contract/index.ts") },
    ...["core", "engine", "store-sql", "store-sqlite", "testkit"].map((name) => ({
      find: `@holdfast/${name}`,
      replacement: join(sourceOf(name), "index.ts"),
    })),
  ];
  return createVitest("test", options, { plugins: [plugin], resolve: { alias }, logLevel: "silent" });
}

/** Whether a test failed, or a file could not be loaded. */
async function isCaught(vitest, specs, path) {
  vitest.invalidateFile(path);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specs, true);
  return unhandledErrors.length > 0 || testModules.some((module) => !module.ok());
}

/** In the child: tells the parent of each mutant from `from` on. */
async function judge(target, from) {
  const path = join(ROOT, target.file);
  const original = readFileSync(path, "utf8");
  const vitest = await open(target);
  try {
    const specs = await vitest.globTestSpecifications(target.tests);
    current = null;
    const isSound = !(await isCaught(vitest, specs, path));
    process.send({ isSound });
    if (!isSound) return;
    const mutants = mutantsOf(original, path);
    for (let at = from; at < mutants.length; at++) {
      current = { path, source: apply(original, mutants[at]) };
      process.send({ at, isCaught: await isCaught(vitest, specs, path) });
    }
  } finally {
    current = null;
    await vitest.close();
  }
}

/** In the parent: judges from `from` on until the child has ended; the place of the next mutant. */
function judgeInChild(target, from, survivors, mutants) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ["--child", target.file, String(from)]);
    let next = from;
    let isHung = false;
    let timer = null;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isHung = true;
        child.kill("SIGKILL");
      }, HANG_MS);
    };
    watch();
    child.on("message", ({ isSound, at, isCaught: caught }) => {
      watch();
      if (isSound === false) reject(new Error(`${target.file}: its tests fail on the code as it is`));
      if (at === undefined) return;
      next = at + 1;
      if (!caught) survivors.push(mutants[at]);
    });
    child.on("exit", (code) => {
      clearTimeout(timer);
      if (isHung) resolve(next + 1);
      else if (code === 0) resolve(next);
      else reject(new Error(`${target.file}: its tests ended with ${code}`));
    });
  });
}

async function judgeAll(target) {
  const path = join(ROOT, target.file);
  const mutants = mutantsOf(readFileSync(path, "utf8"), path);
  const survivors = [];
  for (let next = 0; next < mutants.length; ) next = await judgeInChild(target, next, survivors, mutants);
  return { file: target.file, count: mutants.length, survivors };
}

if (process.argv[2] === "--child") {
  const [, , , file, from] = process.argv;
  await judge(
    TARGETS.find((target) => target.file === file),
    Number(from),
  );
  process.exit(0);
}

const asked = process.argv.slice(2);
const results = [];
for (const target of TARGETS.filter(({ file }) => asked.length === 0 || asked.some((part) => file.includes(part)))) {
  const result = await judgeAll(target);
  results.push(result);
  const { file, count, survivors } = result;
  console.log(`${String(count - survivors.length).padStart(4)} of ${String(count).padStart(3)} caught  ${file}`);
  for (const { line, words } of survivors) {
    const why = EXPLAINED.find((one) => one.file === file && one.words === words)?.why ?? "not explained";
    console.log(`       survived  ${file}:${line}  ${words}  (${why})`);
  }
}
const total = results.reduce((sum, { count }) => sum + count, 0);
const survived = results.reduce((sum, { survivors }) => sum + survivors.length, 0);
const share = total === 0 ? 1 : (total - survived) / total;
console.log(`${total - survived} of ${total} mutants caught (${(share * 100).toFixed(1)} %)`);
process.exitCode = share < CAUGHT_MIN ? 1 : 0;
