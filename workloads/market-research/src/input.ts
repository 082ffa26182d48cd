/**
 * The input of the workload as a zod schema: checked when a run starts, and shown as flags and as a form.
 *
 * No field changes its type while it is parsed, so the schema converts to JSON Schema. Paths become absolute, since a
 * run may be resumed from a different folder.
 */
import path from "node:path";
import { proofFields } from "@holdfast/workload-kit";
import { listSources, SOURCE_FORMATS, toSourcePaths } from "@holdfast/workload-kit/sources";
import { z } from "zod";
import { findCountry, suggestCountries } from "./country/country.js";
import { modelSettings } from "./model/settings.js";

/** Longer texts do not fit the title of a slide. */
const INDUSTRY_LENGTH_MAX = 80;
/** Longer texts do not fit the cover. */
const CONTEXT_LENGTH_MAX = 300;

const country = z
  .string()
  .trim()
  .min(1)
  .superRefine((text, context) => {
    if (findCountry(text) !== null) return;
    const near = suggestCountries(text);
    const hint = near.length > 0 ? ` Did you mean ${near.join(", ")}?` : "";
    context.addIssue({
      code: "custom",
      message: `Unknown country "${text}": expected an English name or an ISO 3166 code of two or three letters.${hint}`,
    });
  })
  .describe("Country: English name, or ISO 3166 code of two or three letters");

const file = z.string().trim().min(1).meta({ format: "path" });

const sources = z
  .union([file, z.array(file).min(1)])
  .overwrite((given) => (typeof given === "string" ? path.resolve(given) : toSourcePaths(given)))
  .superRefine((given, context) => {
    for (const problem of listSources(given).problems)
      context.addIssue({ code: "custom", message: `Source ${problem}.` });
  })
  .describe(`Your own sources: a folder or a file, or a list of them (${SOURCE_FORMATS.join(", ")})`);

export const marketResearchInput = z.object({
  country,
  industry: z
    .string()
    .trim()
    .min(2)
    .max(INDUSTRY_LENGTH_MAX)
    .regex(/^[^\r\n]*$/, "must be one line")
    .describe("Industry, in a few words, e.g. energy services"),
  clientContext: z
    .string()
    .trim()
    .max(CONTEXT_LENGTH_MAX)
    .regex(/^[^\r\n]*$/, "must be one line")
    .optional()
    .describe("Who asks and why: shown on the cover, and it tips the scales between passages"),
  sources: sources.optional(),
  model: modelSettings.optional().describe("The language model that writes; without it passages are quoted, locally"),
  strictTemplate: z.boolean().default(true).describe("Fail the run when the deck departs from the template"),
  attemptsPerStage: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .describe("How often a failing stage is tried, in all; 1 fails at once"),
  ...proofFields({
    lines: "one line appended at the start and the end of every stage body executed",
    each: "each stage takes",
  }),
});

/** The input, as stages see it. */
export type MarketResearchInput = z.output<typeof marketResearchInput>;
