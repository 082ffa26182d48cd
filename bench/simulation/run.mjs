/**
 * `npm run bench:simulation`: coordination overhead of the workforce simulation, measured in one run on one machine.
 *
 * Overhead is wall time, from the first model's start to the last commit's end, less the time in which at least one SQL
 * statement was running. Measured are a process for each model, one after the other (the requirement's sequential
 * fallback) and four at once (what failed, with its lock errors); `--force-sequential` (one process, one connection) and 2, 4
 * and 8 threads, through the real command. The hashes of all result tables must be equal in every run of a size, or it fails.
 *
 * A process for each model takes minutes at full size. So every mode is measured `--runs` times over the first
 * `--short-years` years, and the full size has the modes of one process as often, the others `--full-process-runs` times.
 *
 *   npm run bench:simulation -- --employees 10000 --years 10 --short-years 2 --runs 3 --full-process-runs 1
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median, printTable } from "../measure.mjs";
import { MODES } from "./modes.mjs";

const { values } = parseArgs({
  options: {
    employees: { type: "string", default: "10000" },
    years: { type: "string", default: "10" },
    "short-years": { type: "string", default: "2" },
    runs: { type: "string", default: "3" },
    "full-process-runs": { type: "string", default: "1" },
  },
});
const [employees, runs, processRuns] = [values.employees, values.runs, values["full-process-runs"]].map(Number);
const FIRST_YEAR = 2025;

/** What the requirement asks for, against a process for each model. */
const REDUCTION_WANTED = 0.65;
/** Our own goal: share of the wall time. */
const SHARE_WANTED = 0.005;

const lines = [];
const print = console.log;
console.log = (...words) => {
  lines.push(words.join(" "));
  print(...words);
};

async function measure({ name, run }, size, count, assertSame) {
  const measured = [];
  for (let i = 0; i < count; i++) {
    const { hashes, ...figures } = await run(size);
    assertSame(name, hashes);
    measured.push(figures);
    const told = `${Math.round(figures.wallMs)} ms, overhead ${figures.overheadMs.toFixed(1)} ms`;
    print(`  ${name}, run ${i + 1} of ${count}: ${told}, ${figures.lockErrors} lock errors`);
  }
  const medianOf = (figure) => median(measured.map((one) => one[figure]));
  const figures = ["wallMs", "overheadMs", "models", "lockErrors", "refusedProcesses", "lockWaitMs"];
  return { name, count, ...Object.fromEntries(figures.map((figure) => [figure, medianOf(figure)])) };
}

/** Every mode that has a number of runs, at one size. */
async function measureAll(yearCount, countOf) {
  const size = { employees, years: `${FIRST_YEAR}-${FIRST_YEAR + yearCount - 1}` };
  let expected = null;
  const assertSame = (mode, hashes) => {
    const text = JSON.stringify(Object.entries(hashes).sort());
    expected ??= { mode, text };
    if (text === expected.text) return;
    throw new Error(`${mode} gave other results than ${expected.mode}:\n${text}\n${expected.text}`);
  };
  const measured = [];
  for (const mode of MODES) {
    const count = countOf(mode);
    if (count > 0) measured.push({ mode, ...(await measure(mode, size, count, assertSame)) });
  }
  return measured;
}

function printModes(title, measured) {
  const sequential = measured.find(({ mode }) => mode.isOurSequential);
  const [baseline] = measured;
  const share = (part, whole) => `${((part / whole) * 100).toFixed(2)} %`;
  const less = (of, from) => (of === from ? "" : share(from.overheadMs - of.overheadMs, from.overheadMs));
  printTable(title, [
    [
      "mode",
      "runs",
      "wall",
      "overhead",
      "of wall",
      "a model",
      "lock errors",
      "less than baseline",
      "than our sequential",
    ],
    ...measured.map((of) => [
      of.name,
      of.count,
      `${(of.wallMs / 1_000).toFixed(2)} s`,
      `${of.overheadMs.toFixed(1)} ms`,
      share(of.overheadMs, of.wallMs),
      `${(of.overheadMs / of.models).toFixed(2)} ms`,
      of.lockErrors,
      baseline.mode.isOneProcess ? "" : less(of, baseline),
      of.mode.isOneProcess ? less(of, sequential) : "",
    ]),
  ]);
  const refused = measured.find(({ refusedProcesses }) => refusedProcesses > 0);
  if (refused === undefined) return;
  console.log(
    `  ${refused.name}: ${refused.refusedProcesses} of ${refused.models} models found the file held ` +
      `("Conflicting lock is held"), ${refused.lockErrors} times in all, and waited ${(refused.lockWaitMs / 1_000).toFixed(1)} s ` +
      "together. Here they ask again every 50 ms; without that each of them would have failed.",
  );
}

const load = () => loadavg()[0].toFixed(1);
console.log(
  `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${new Date().toISOString()}`,
);
console.log(`${employees} employees; load average ${load()} at the start`);

const shortYears = Number(values["short-years"]);
const short = await measureAll(shortYears, () => runs);
printModes(`Coordination overhead over ${shortYears} years, every mode: medians of ${runs} runs`, short);

const years = Number(values.years);
const full = await measureAll(years, ({ isOneProcess }) => (isOneProcess ? runs : processRuns));
printModes(
  `Coordination overhead over ${years} years: medians of ${runs} runs for one process, of ${processRuns} for a process per model`,
  full,
);

console.log("\nAt each size every run of every mode gave the same tables, by hash.");
const [baseline] = short;
const inProcess = short.filter(({ mode }) => mode.isOneProcess);
const missed = inProcess.filter(({ overheadMs }) => 1 - overheadMs / baseline.overheadMs < REDUCTION_WANTED);
console.log(
  missed.length === 0
    ? `Every mode of one process cuts the baseline's overhead by at least ${REDUCTION_WANTED * 100} %, like with like over ${shortYears} years.`
    : `Below ${REDUCTION_WANTED * 100} %: ${missed.map(({ name }) => name).join(", ")}.`,
);
const above = full.filter(({ mode, overheadMs, wallMs }) => mode.isThreaded && overheadMs / wallMs > SHARE_WANTED);
console.log(
  above.length === 0
    ? `Threaded, at most ${SHARE_WANTED * 100} % of the wall time is overhead over ${years} years.`
    : `Above the goal of ${SHARE_WANTED * 100} % of the wall time over ${years} years: ${above.map(({ name }) => name).join(", ")}.`,
);
console.log(`Load average ${load()} at the end.`);
const folder = join(import.meta.dirname, "../results");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `simulation-${new Date().toISOString().slice(0, 10)}.txt`), `${lines.join("\n")}\n`);
if (missed.length > 0) process.exitCode = 1;
