#!/usr/bin/env node
/**
 * `npm test [-- options] [files…]`: the whole suite on the newest supported Node, and beside it, one version after the other,
 * the parts that touch the platform on the older ones; then, with nothing beside them, the tests that say how soon something must happen. With files,
 * those alone, on the newest.
 *
 * Tests of real processes wait a good deal. What they leave of the processors goes to the unit tests, which only compute: these
 * run beside them at a lower priority, so that they delay nobody.
 *
 *   --node=24        the whole on that version, and on no other; `--node=this` on the one that runs now
 *   --report=FOLDER  keep the report there, a file of JSON lines for each version, instead of telling it
 *
 * Other options go to vitest. A version that cannot be fetched is skipped by name; with CI set that fails. Ends with the
 * summary, whatever became of the tests.
 */
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentOf, NODE_VERSIONS, readyNodes } from "./nodes.mjs";
import { platformTestsOf } from "./platform.mjs";
import { printSummary } from "./summary.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");
/** Git ignores it. */
const COMPILED = join(ROOT, ".nodes/compiled");
const REPORTER = fileURLToPath(new URL("./reporter.mjs", import.meta.url));
/** Each file has its own deadline, of twenty minutes. When nothing ends for longer than that, what hangs is the run itself. */
const SILENCE_MAX_MS = 25 * 60_000;
const LOOK_MS = 5_000;

const words = process.argv.slice(2);
const optionOf = (name) => words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const asked = optionOf("node");
const isKept = optionOf("report") !== undefined;
const folder = resolve(optionOf("report") ?? mkdtempSync(join(tmpdir(), "holdfast-tests-")));
const vitestWords = words.filter((word) => !/^--(node|report)=/.test(word));
const hasFiles = vitestWords.some((word) => !word.startsWith("-"));

const running = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = signal === "SIGINT" ? 130 : 143;
  });
}

/**
 * Runs vitest under one Node; resolves when it has ended, also when it had to be ended. With `aside` it is one of several: it has
 * so many files at a time, and what it prints is shown when it has ended.
 */
function runOn({ version, program }, args, { aside = null, niceness = 0, part = "all" } = {}) {
  const title = `\n── Node ${version}${part === "all" ? "" : `, ${part}`}`;
  if (aside === null) console.log(title);
  const report = reportOf(version);
  const env = {
    ...environmentOf(program),
    // What each process, vitest's own and those that tests start, would compile anew; Node 22 and later.
    NODE_COMPILE_CACHE: COMPILED,
    ...(aside === null ? {} : { HOLDFAST_TEST_WORKERS: String(aside) }),
    HOLDFAST_TEST_REPORT: report,
    HOLDFAST_TEST_RUNNING: join(folder, `running-${version}-${part}`),
  };
  return new Promise((done) => {
    const output = aside === null ? "inherit" : "pipe";
    const child = spawn(program, [VITEST, "run", "--reporter=default", `--reporter=${REPORTER}`, ...args], {
      cwd: ROOT,
      env,
      stdio: ["ignore", output, output],
    });
    running.add(child);
    if (niceness > 0 && child.pid !== undefined) setPriority(child.pid, niceness);
    const parts = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => parts.push(part));
    const startedMs = Date.now();
    const watch = setInterval(() => {
      const lastMs = Math.max(startedMs, statSync(report, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (Date.now() - lastMs > SILENCE_MAX_MS) child.kill("SIGKILL");
    }, LOOK_MS);
    child.once("close", (code, signal) => {
      clearInterval(watch);
      running.delete(child);
      write(report, { kind: "ended", code: code ?? signal, ms: Date.now() - startedMs, at: Date.now() });
      if (aside !== null) console.log(`${title}\n${Buffer.concat(parts)}`);
      done();
    });
  });
}

const reportOf = (version) => join(folder, `Node ${version}.jsonl`);
const write = (report, line) => appendFileSync(report, `${JSON.stringify(line)}\n`);

function versionsAsked() {
  if (asked !== undefined) return NODE_VERSIONS.filter((version) => `${version}.`.startsWith(`${asked}.`));
  return hasFiles ? NODE_VERSIONS.slice(-1) : NODE_VERSIONS;
}

const thisNode = { version: process.versions.node, program: process.execPath, problem: null };
mkdirSync(folder, { recursive: true });
const nodes = asked === "this" ? [thisNode] : await readyNodes(versionsAsked());
for (const { version, problem } of nodes.filter(({ program }) => program === null)) {
  console.log(`SKIPPED, everything on Node ${version}: ${problem}`);
  write(reportOf(version), { kind: "missing", problem });
}
const ready = nodes.filter(({ program }) => program !== null);
// Without any of them, offline, the suite still runs on what is there.
const whole = ready.at(-1) ?? thisNode;
/** The projects of vitest.config.ts. Of `timed`, which says how soon something must happen, nothing else may run beside. */
const WAITING = ["processes", "processes-apart", "together", "chaos", "units-apart"];
const COMPUTING = ["units"];
const TIMED = ["timed"];
/** A third of the weight of the others. They get less than they want only as long as the others want both cores. */
const COMPUTING_NICENESS = 5;
if (hasFiles || vitestWords.some((word) => word.startsWith("--project"))) await runOn(whole, vitestWords);
else await runAll();

async function runAll() {
  const older = ready.filter((other) => other !== whole);
  const inTurn = async () => {
    for (const node of older) {
      if (process.exitCode === undefined) {
        await runOn(node, [...platformTestsOf(node.version), ...vitestWords], { aside: 1 });
      }
    }
  };
  const only = (projects) => [...projects.map((name) => `--project=${name}`), ...vitestWords];
  await Promise.all([
    runOn(whole, only(WAITING), { part: "waiting" }),
    runOn(whole, only(COMPUTING), { part: "computing", aside: 2, niceness: COMPUTING_NICENESS }),
    inTurn(),
  ]);
  if (process.exitCode === undefined) await runOn(whole, only(TIMED), { part: "timed" });
}
// With a folder of its own, the caller reads the report.
const print = isKept ? () => {} : console.log;
const isGood = printSummary(folder, { isCi: Boolean(process.env.CI), print });
if (!isKept) rmSync(folder, { recursive: true, force: true });
process.exitCode ??= isGood ? 0 : 1;
