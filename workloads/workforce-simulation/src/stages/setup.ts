// Stage `setup`: writes the people (read from a census file or generated) and the identity of the run into the results
// file.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, extname } from "node:path";
import type { DatasetRef, StageContext } from "holdfast";
import { plural } from "holdfast/extend";
import type { CensusRow } from "../census/row.js";
import { censusSchema } from "../census/schema.js";
import { notesOn } from "../config/cross-checks.js";
import type { PeopleToUse } from "../process/host.js";
import { requireRoom, type Simulation, useDatabase } from "./simulation.js";

/** Plain data, since it is the stage's recorded output. */
export type SetUp = {
  readonly database: string;
  readonly censusDigest: string;
  readonly people: number;
  /** Number of years that the file already had from the same inputs (with a cache). */
  readonly keptYears: number;
};

/** People per message: a few hundred kilobytes. */
const BATCH_COUNT = 5_000;

export async function setUpSimulation(context: StageContext, of: Simulation): Promise<SetUp> {
  const { input, file } = of;
  for (const note of notesOn(input)) context.log(note);
  const census = input.census === null ? null : await readCensus(context, of, input.census);
  const people: PeopleToUse =
    census === null
      ? { kind: "generated", employees: input.employees ?? 0, seed: input.censusSeed ?? input.seed }
      : { kind: "sent", batches: batches(context, census) };
  const count = census?.rows ?? input.employees ?? 0;
  // With a cache, the file may already have the years; each missing one requests its own space.
  if (!input.cache) await requireRoom(of, { people: count, yearsLeft: input.years.length, isReplacing: true });
  return useDatabase(of, { people }, context, count, async (process) => {
    const made = await process.ask("setUp", undefined);
    await process.ask("begin", made.censusDigest);
    context.log(
      `${plural(made.people, "person", "people")} in ${file}${made.keptYears > 0 ? `; ${plural(made.keptYears, "year is", "years are")} known already` : ""}`,
    );
    return { database: file, ...made };
  });
}

async function readCensus(
  { dataset }: StageContext,
  { input }: Simulation,
  path: string,
): Promise<DatasetRef<CensusRow>> {
  const rules = { firstYear: input.years[0] as number, levels: input.levels };
  // Named by content: another file with the same name is another dataset, and no run is refused for it.
  const name = `${datasetName(path)}-${(await hashFile(path)).slice(0, 12)}`;
  return dataset.ingest(name, path, {
    key: "employee_id",
    schema: censusSchema(rules),
    ...(input.sheet === null ? {} : { sheet: input.sheet }),
  });
}

async function* batches({ rows }: StageContext, census: DatasetRef<CensusRow>): AsyncGenerator<CensusRow[]> {
  let batch: CensusRow[] = [];
  for await (const { row } of rows(census)) {
    batch.push(row);
    if (batch.length < BATCH_COUNT) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Derives the dataset name: `/data/Census 2025.xlsx` gives `Census-2025`. */
function datasetName(path: string): string {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]+/g, "-");
  return (/^[A-Za-z0-9]/.test(name) ? name : `census${name}`).slice(0, 100);
}

/** If the file is unreadable, the ingest reports it. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch {
    return "unreadable0000";
  }
  return hash.digest("hex");
}
