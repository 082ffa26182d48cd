// The input of a run: a checked experiment as a zod schema, so that it can come from a file, from flags or from a form.
// It has the sections and rules of an experiment file (`config/parse.ts`, which also gives line numbers). Paths become
// absolute, since a run may be resumed from a different folder.
import { resolve } from "node:path";
import { priceOf } from "@holdfast/models";
import { z } from "zod";
import { crossCheck } from "./config/cross-checks.js";
import { type ModelSection, SECTIONS } from "./config/schema.js";

export const narrativeBenchmarkInput = z
  .strictObject({
    experiment: SECTIONS.experiment,
    model: SECTIONS.model.default({ provider: "local" }),
    prompt: SECTIONS.prompt.nullable().default(null),
    data: SECTIONS.data,
    run: SECTIONS.run.prefault({}),
    onBadRow: z.enum(["fail", "skip"]).default("fail").describe("What a row that cannot be used does to the run"),
  })
  .overwrite(({ data, run, ...config }) => ({
    ...config,
    data: { ...data, file: resolve(data.file) },
    run: run.journal === undefined ? run : { ...run, journal: resolve(run.journal) },
  }))
  .superRefine((config, context) => {
    const { prompt, ...sections } = config;
    const found = crossCheck({ ...sections, prompt: prompt ?? undefined, hasPrompt: prompt !== null });
    for (const { path, message, cure } of found) {
      context.addIssue({ code: "custom", path: [...path], message: `${message} Cure: ${cure}` });
    }
    if (config.run.budget_usd !== undefined && config.model.provider !== "local" && !hasPrice(config.model)) {
      const message = `model ${config.model.name ?? ""} has no price, so a budget cannot be kept. Cure: set \`model.price\`.`;
      context.addIssue({ code: "custom", path: ["run", "budget_usd"], message });
    }
  });

/** The experiment as stages see it. */
export type NarrativeBenchmarkInput = z.output<typeof narrativeBenchmarkInput>;

function hasPrice({ name, price }: ModelSection): boolean {
  return price !== undefined || priceOf(name ?? "") !== null;
}
