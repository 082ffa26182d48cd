/** What the `holdfast` command of this repository knows: each workflow is loaded when a command needs it. */
import { defineConfig } from "holdfast";

/**
 * Inputs name the variable of their key; workloads never read the environment themselves. An input may come over HTTP and
 * names the host as well, so that only variables that are called a key or a token are handed on.
 */
const apiKey = (variable: string) => (/KEY|TOKEN/i.test(variable) ? process.env[variable] : undefined);

export default defineConfig({
  workflows: {
    "market-research": async () => (await import("@holdfast/market-research")).marketResearch({ apiKey }),
    "narrative-benchmark": async () => (await import("@holdfast/narrative-benchmark")).narrativeBenchmark({ apiKey }),
    "lead-qualification": async () => (await import("@holdfast/lead-qualification")).leadQualification({ apiKey }),
    "workforce-simulation": async () => (await import("@holdfast/workforce-simulation")).workforceSimulation,
    analysis: async () => (await import("@holdfast/jobs")).analysisJob,
    research: async () => (await import("@holdfast/jobs")).researchJob({ apiKey }),
    trade: async () => (await import("@holdfast/jobs")).trade,
  },
  generators: {
    narratives: {
      description: "Synthetic labelled incident narratives, two per case; the same seed gives the same bytes.",
      options: {
        cases: { about: "how many cases (two narratives each)", type: "integer", default: 20_946 },
        seed: { about: "which cases", type: "integer", default: 7 },
      },
      run: async (file, { cases, seed }, context) => {
        const { writeNarratives } = await import("@holdfast/narrative-benchmark");
        const made = await writeNarratives(file, { cases: Number(cases), seed: Number(seed), ...context });
        return { file: made.path, rows: made.rows };
      },
    },
    prospects: {
      description: "Synthetic prospects: invented companies, with gaps and noise; the same seed gives the same bytes.",
      options: {
        count: { about: "how many companies", type: "integer", default: 5_000 },
        seed: { about: "which companies", type: "integer", default: 7 },
      },
      run: async (file, { count, seed }, context) => {
        const { writeProspects } = await import("@holdfast/lead-qualification");
        const made = await writeProspects(file, { count: Number(count), seed: Number(seed), ...context });
        return { file: made.path, rows: made.rows };
      },
    },
    census: {
      description:
        "A made-up workforce for the simulation (.csv, .parquet, .xlsx); the same seed gives the same people.",
      options: {
        employees: { about: "how many people", type: "integer", default: 10_000 },
        seed: { about: "which people", type: "integer", default: 7 },
        year: { about: "they are there on 1 January of this year", type: "integer", default: 2025 },
      },
      run: async (file, { employees, seed, year }, context) => {
        const { writeCensus } = await import("@holdfast/workforce-simulation");
        const options = { employees: Number(employees), seed: Number(seed), year: Number(year), ...context };
        const made = await writeCensus(file, options);
        return { file: made.path, rows: made.rows };
      },
    },
  },
  comparisons: {
    "narrative-benchmark": async () => (await import("@holdfast/narrative-benchmark")).compareExperiments,
    "workforce-simulation": async () => (await import("@holdfast/workforce-simulation")).compareSimulations,
  },
});
