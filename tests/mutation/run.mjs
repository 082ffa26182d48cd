#!/usr/bin/env node
/**
 * `node tests/mutation/run.mjs [part of a file's name …]`: changes one place at a time in the files of `targets.mjs`,
 * in memory, and runs the tests that should notice. Prints a table and every mutant that survived; fails below
 * `CAUGHT_MIN`. `npm run chaos -- --long` ends with it.
 */
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

async function judge(target) {
  const path = join(ROOT, target.file);
  const original = readFileSync(path, "utf8");
  const vitest = await open(target);
  try {
    const specs = await vitest.globTestSpecifications(target.tests);
    current = null;
    if (await isCaught(vitest, specs, path)) throw new Error(`${target.file}: its tests fail on the code as it is`);
    const survivors = [];
    const mutants = mutantsOf(original, path);
    for (const mutant of mutants) {
      current = { path, source: apply(original, mutant) };
      if (!(await isCaught(vitest, specs, path))) survivors.push(mutant);
    }
    return { file: target.file, count: mutants.length, survivors };
  } finally {
    current = null;
    await vitest.close();
  }
}

const asked = process.argv.slice(2);
const results = [];
for (const target of TARGETS.filter(({ file }) => asked.length === 0 || asked.some((part) => file.includes(part)))) {
  const result = await judge(target);
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
