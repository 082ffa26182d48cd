// Stage `report`: the tables of the whole simulation, checked once more against each other, as files and in the output.
import type { StageContext } from "holdfast";
import { FACTS } from "../executor/facts.js";
import { sha256 } from "../executor/identity.js";
import { closeProcess } from "../process/host.js";
import type { SetUp } from "./setup.js";
import { type Simulation, useDatabase } from "./simulation.js";
import type { SimulatedYear } from "./year.js";

export async function writeReport(
  context: StageContext,
  of: Simulation,
  { setup, years }: { setup: SetUp; years: readonly SimulatedYear[] },
) {
  const report = await useDatabase(of, setup.censusDigest, context, async (process) => {
    const performance = await process.ask("report", undefined);
    return { performance };
  });
  await closeProcess(of.runId);
  const last = years.at(-1);
  const hashes = Object.fromEntries(
    FACTS.map(({ table, hashName }) => [hashName, sha256(JSON.stringify(years.map((year) => year.digests[table])))]),
  );
  return {
    database: of.file,
    years: years.map(({ year }) => year),
    headcount: last?.headcount ?? 0,
    ...hashes,
    overheadMs: report.performance.overheadMs,
    wallMs: report.performance.wallMs,
  };
}
