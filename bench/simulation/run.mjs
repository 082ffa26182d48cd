/**
 * `npm run bench:simulation`: coordination overhead of the workforce simulation, measured in one run on one machine.
 *
 * Overhead is wall time, from the first model's start to the last commit's end, less the time in which at least one SQL
 * statement was running. First the baseline: a process for each model, one after the other, as the requirement's
 * sequential fallback did. Then `--force-sequential` (one process, one connection) and 2, 4 and 8 threads, through the real
 * command. Medians of three; the hashes of all result tables must be equal in every run, or it fails.
 *
 *   npm run bench:simulation -- --employees 10000 --years 10 --runs 3 --baseline-runs 1
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median, printTable, scratch } from "../measure.mjs";
import { runProcessPerModel } from "./process-per-model.mjs";

const { values } = parseArgs({
  options: {
    employees: { type: "string", default: "10000" },
    years: { type: "string", default: "10" },
    runs: { type: "string", default: "3" },
    "baseline-runs": { type: "string" },
  },
});
const employees = Number(values.employees);
const years = `2025-${2024 + Number(values.years)}`;
const runs = Number(values.runs);
const baselineRuns = Number(values["baseline-runs"] ?? runs);

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "node_modules/.bin/holdfast");
const MODES = [
  ["in process, --force-sequential", ["--force-sequential"]],
  ["in process, --threads 2", ["--threads=2"]],
  ["in process, --threads 4", ["--threads=4"]],
  ["in process, --threads 8", ["--threads=8"]],
];

/** What the requirement asks for, against a process for each model. */
const REDUCTION_WANTED = 0.65;

const lines = [];
const print = console.log;
console.log = (...words) => {
  lines.push(words.join(" "));
  print(...words);
};

let expected = null;
function assertSame(mode, hashes) {
  const text = JSON.stringify(Object.entries(hashes).sort());
  expected ??= { mode, text };
  if (text !== expected.text)
    throw new Error(`${mode} gave other results than ${expected.mode}:\n${text}\n${expected.text}`);
}

function runCommand(mode, flags) {
  const { folder, remove } = scratch("simulation");
  try {
    const args = ["start", "workforce-simulation", `--years=${years}`, `--employees=${employees}`, ...flags, "--json"];
    const env = { ...process.env, HOLDFAST_DATA_DIR: folder, HOLDFAST_CONFIG: join(ROOT, "holdfast.config.ts") };
    const stdio = ["ignore", "pipe", "ignore"];
    const { output } = JSON.parse(execFileSync(BIN, args, { env, stdio, encoding: "utf8", maxBuffer: 1e9 }));
    assertSame(mode, Object.fromEntries(Object.entries(output).filter(([name]) => name.endsWith("Hash"))));
    const { wallMs, overheadMs } = output.performance;
    return { wallMs, overheadMs };
  } finally {
    remove();
  }
}

async function measure(mode, count, once) {
  const wall = [];
  const overhead = [];
  for (let i = 0; i < count; i++) {
    const { wallMs, overheadMs } = await once();
    wall.push(wallMs);
    overhead.push(overheadMs);
    print(`  ${mode}, run ${i + 1} of ${count}: ${Math.round(wallMs)} ms, overhead ${overheadMs.toFixed(1)} ms`);
  }
  return { mode, wallMs: median(wall), overheadMs: median(overhead) };
}

const load = () => loadavg()[0].toFixed(1);
console.log(
  `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${new Date().toISOString()}`,
);
console.log(
  `${employees} employees, ${years}; medians of ${runs} (baseline ${baselineRuns}); load average ${load()} at the start`,
);
const measured = [
  await measure("a process per model, sequential (baseline)", baselineRuns, async () => {
    const { folder, remove } = scratch("per-model");
    try {
      const { hashes, ...times } = await runProcessPerModel({ folder, employees, years });
      assertSame("a process per model", hashes);
      return times;
    } finally {
      remove();
    }
  }),
];
for (const [mode, flags] of MODES) measured.push(await measure(mode, runs, async () => runCommand(mode, flags)));

const [baseline, sequential] = measured;
const reduction = (of, from) => (of === from ? "" : `${((1 - of.overheadMs / from.overheadMs) * 100).toFixed(2)} %`);
printTable("Coordination overhead: wall time without any SQL running", [
  ["mode", "wall", "overhead", "of wall", "less than baseline", "less than our sequential mode"],
  ...measured.map((of) => [
    of.mode,
    `${(of.wallMs / 1_000).toFixed(2)} s`,
    `${of.overheadMs.toFixed(1)} ms`,
    `${((of.overheadMs / of.wallMs) * 100).toFixed(2)} %`,
    reduction(of, baseline),
    of === baseline ? "" : reduction(of, sequential),
  ]),
]);
console.log(`\nThe ${MODES.length + 1} modes gave the same tables, by hash.`);
const missed = measured.slice(1).filter((of) => 1 - of.overheadMs / baseline.overheadMs < REDUCTION_WANTED);
console.log(
  missed.length === 0
    ? `Every mode cuts the baseline's overhead by at least ${REDUCTION_WANTED * 100} %.`
    : `Below ${REDUCTION_WANTED * 100} %: ${missed.map(({ mode }) => mode).join(", ")}.`,
);
console.log(`Load average ${load()} at the end.`);
const folder = join(import.meta.dirname, "../results");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `simulation-${new Date().toISOString().slice(0, 10)}.txt`), `${lines.join("\n")}\n`);
if (missed.length > 0) process.exitCode = 1;
