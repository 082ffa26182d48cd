// Stage `report`: the tables of the whole simulation, checked against each other once more, as an HTML page, CSV and
// Parquet, and in the output with a hash for each table.

import { randomBytes } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StageContext } from "holdfast";
import { plural } from "holdfast/extend";
import { assumptionRows } from "../catalogue.js";
import { notesOn } from "../config/cross-checks.js";
import { FACTS } from "../executor/facts.js";
import { sha256 } from "../executor/identity.js";
import type { PerformanceReport } from "../executor/performance.js";
import type { SimulationProcess } from "../process/client.js";
import { closeProcess } from "../process/host.js";
import { type Figures, findImbalances, readerOf, readFigures } from "../report/figures.js";
import { renderPage } from "../report/page.js";
import type { SetUp } from "./setup.js";
import { type Simulation, useDatabase } from "./simulation.js";
import type { SimulatedYear } from "./year.js";

/** Tables that people open in a spreadsheet. Large tables are Parquet. */
const CSV_TABLES = ["metrics", "attribution", "pyramid"];

export async function writeReport(
  context: StageContext,
  of: Simulation,
  { setup, years }: { setup: SetUp; years: readonly SimulatedYear[] },
) {
  const { input, file, runId } = of;
  const { artifact } = context;
  const hashes: Record<string, string> = Object.fromEntries(
    FACTS.map(({ table, hashName }) => [hashName, sha256(JSON.stringify(years.map((year) => year.digests[table])))]),
  );
  const { figures, performance } = await useDatabase(
    of,
    { censusDigest: setup.censusDigest },
    context,
    setup.people,
    async (process) => {
      const read = await readFigures(readerOf(process), input.years);
      for (const { table } of FACTS) await exportTable(context, process, table);
      const report = await process.ask("report", undefined);
      await process.ask("finish", undefined);
      return { figures: read, performance: report };
    },
  );
  await closeProcess(runId);
  const imbalances = findImbalances(figures);
  if (imbalances.length > 0) {
    const told = imbalances.slice(0, 3).map(({ what, year, difference }) => `${year}: ${what}, off by ${difference}`);
    throw new Error(
      `The results do not agree with each other: ${told.join("; ")}. Please report this with the file ${file}.`,
    );
  }
  const levels = input.levels.map(({ id, name }) => ({ id, name }));
  const assumptions = assumptionRows(input);
  const notes = [...notesOn(input), ...cappedNotes(figures)];
  const page = renderPage({
    runId,
    figures,
    hashes,
    levels,
    performance,
    assumptions,
    notes,
    facts: factsOf(of, setup),
  });
  const report = await artifact.write("report.html", page);
  await artifact.writeJson("report.json", {
    assumptions,
    notes,
    runId,
    database: file,
    ...figures,
    hashes,
    isBalanced: true,
  });
  await artifact.writeJson("performance.json", performance);
  for (const note of cappedNotes(figures)) context.log(note);
  for (const line of bridgeLines(figures)) context.log(line);
  logPerformance(context, performance);
  await movePointer(of, hashes);
  const { years: asked, headcount, metrics } = figures;
  const summary = { wallMs: performance.wallMs, overheadMs: performance.overheadMs, cache: performance.cache };
  return {
    database: file,
    years: asked,
    people: setup.people,
    isBalanced: true,
    ...hashes,
    headcount,
    metrics,
    report,
    performance: summary,
  };
}

/** Notes about hazards that multipliers would have raised above their upper bound. */
function cappedNotes({ years, metrics }: Figures): string[] {
  const capped = years.filter((year) => Number(metrics[String(year)]?.hazards_capped ?? 0) > 0);
  if (capped.length === 0) return [];
  const most = Math.max(...capped.map((year) => Number(metrics[String(year)]?.hazards_capped)));
  return [
    `Hazards are held at their upper bound for up to ${plural(most, "person", "people")} in ${plural(capped.length, "year")}; the others take what is beyond, so the shares asked for hold.`,
  ];
}

async function exportTable({ artifact }: StageContext, process: SimulationProcess, table: string): Promise<void> {
  const format = CSV_TABLES.includes(table) ? "csv" : "parquet";
  await artifact.writeWith(`${table}.${format}`, (path) => process.ask("exportTable", { table, format, path }));
}

function bridgeLines({ headcount, metrics }: Figures): string[] {
  return headcount.map(({ year, start, hires, terminations, newHireTerminations, end }) => {
    const { payroll = "0", employer_cost: cost = "0" } = metrics[String(year)] ?? {};
    return `${year}: ${start} + ${hires} hires − ${terminations} − ${newHireTerminations} = ${end}; payroll ${plain(payroll)}, employer cost ${plain(cost)}`;
  });
}

/** Figures have six decimals, dollars two. */
const plain = (amount: string) => amount.replace(/0000$/, "");

function logPerformance({ log }: StageContext, { wallMs, overheadMs, cache, years }: PerformanceReport): void {
  const share = wallMs === 0 ? 0 : (overheadMs / wallMs) * 100;
  if (years.length > 0)
    log(
      `${plural(years.length, "year")} computed in ${Math.round(wallMs)} ms, coordination overhead ${overheadMs.toFixed(1)} ms (${share.toFixed(2)} %)`,
    );
  if (cache.hits > 0) {
    log(`cache: ${cache.hits} hits, ${cache.misses} misses, about ${Math.round(cache.savedMs)} ms saved`);
  }
}

function factsOf({ input, file, modelsHash }: Simulation, setup: SetUp): (readonly [string, string])[] {
  const people =
    input.census === null
      ? `${setup.people} generated, seed ${input.censusSeed ?? input.seed}`
      : `${setup.people} from ${input.census}`;
  return [
    ["People", people],
    ["Seed", String(input.seed)],
    ["Results", file],
    ["Models, SHA-256", modelsHash],
    ["Census, SHA-256", setup.censusDigest],
  ];
}

/** Points to the newest result: a small file, replaced as a whole, so that a reader sees either the old or the new one. */
async function movePointer(
  { pointerFolder, runId, file, input }: Simulation,
  hashes: Record<string, string>,
): Promise<void> {
  const target = join(pointerFolder, "workforce-simulation.latest.json");
  const temporary = `${target}.${randomBytes(4).toString("hex")}.tmp`;
  await mkdir(pointerFolder, { recursive: true });
  await writeFile(temporary, `${JSON.stringify({ runId, database: file, years: input.years, hashes }, null, 2)}\n`);
  await rename(temporary, target);
}
