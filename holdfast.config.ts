/** The workflows that the `holdfast` command of this repository knows. */
import { defineConfig } from "holdfast";

export default defineConfig({
  // Loaded when a command needs them: looking at runs does not wait for decks and models.
  workflows: async () => {
    const [{ marketResearch }, { narrativeBenchmark }] = await Promise.all([
      import("@holdfast/market-research"),
      import("@holdfast/narrative-benchmark"),
    ]);
    // Experiments name the variable of their key; workloads never read the environment themselves.
    return [marketResearch, narrativeBenchmark({ apiKey: (variable) => process.env[variable] })];
  },
});
