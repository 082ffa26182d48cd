// The workflow: setup, a stage for each year, a report. Years are computed one after another. While a year is committed
// and recorded, the next one is already being computed, unless everything is sequential.
import { dirname, join } from "node:path";
import { defineWorkflow, WrongUseError } from "holdfast";
import { simulationInput } from "./input.js";
import { loadModels, ModelError } from "./models/load.js";
import { checkTarget } from "./process/target.js";
import { writeReport } from "./stages/report.js";
import { setUpSimulation } from "./stages/setup.js";
import { fileOf, resourceOf, type Simulation } from "./stages/simulation.js";
import { patienceOf } from "./stages/trouble.js";
import { type SimulatedYear, simulateYear, YearPace } from "./stages/year.js";

export const STAGES = [
  { name: "setup", title: "People and configuration", kind: "primary" },
  { name: "year-*", title: "A year", kind: "primary" },
  { name: "report", title: "Report", kind: "primary" },
] as const;

/** Simulates a workforce over some years on one DuckDB file: who leaves, joins, is promoted and saves. */
export const workforceSimulation = defineWorkflow({
  name: "workforce-simulation",
  version: "2",
  input: simulationInput,
  stages: STAGES,
  search: ["census", "employees", "seed"],
  exclusive: ({ db, wait }) => ({
    // A run's own file needs no lock: the run itself is held by one worker at a time.
    resources: db === null ? [] : [resourceOf(db)],
    whenHeld: wait ? "wait" : "refuse",
  }),
  async run({ input, stage, runId, folder }) {
    const file = fileOf(input, folder);
    const models = await loadModels(input.models).catch((cause: unknown) => {
      throw cause instanceof ModelError ? new WrongUseError({ problem: `${cause.message}.` }, { cause }) : cause;
    });
    if (input.db !== null) await checkTarget(input.db);
    const dataFolder = folder === null ? dirname(file) : dirname(dirname(folder));
    const cacheFolder = join(dataFolder, "cache", "workforce-simulation");
    const of: Simulation = { runId, input, file, modelsHash: models.hash, cacheFolder, pointerFolder: dataFolder };
    const first = patienceOf();
    const setup = await stage(
      "setup",
      { attempts: first.attempts, classify: first.classify, inputs: { models: models.hash } },
      (context) => setUpSimulation(context, of),
    );
    const pace = new YearPace(input.growth.headcount, input.years.length);
    const recorded: Promise<SimulatedYear>[] = [];
    for (const year of input.years) {
      let onComputed = () => {};
      const computed = new Promise<void>((resolve) => {
        onComputed = resolve;
      });
      const inputs = { census: setup.censusDigest, models: models.hash };
      const patience = patienceOf(recorded.at(-1) ?? null);
      const { attempts, classify } = patience;
      const record = stage(`year-${year}`, { attempts, classify, inputs }, async (context) => {
        await patience.turn(context.signal);
        return simulateYear(context, of, { year, setup, pace, onComputed });
      });
      record.catch(() => undefined); // reported by `Promise.all` below
      recorded.push(record);
      await (input.forceSequential ? record : Promise.race([record, computed]));
    }
    const years = await Promise.all(recorded);
    const last = patienceOf();
    return stage("report", { attempts: last.attempts, classify: last.classify, inputs: { years } }, (context) =>
      writeReport(context, of, { setup, years }),
    );
  },
});
