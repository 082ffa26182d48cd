// The input of the job: a question, its sources, and limits. Checked when a job starts, and shown as a form.
import path from "node:path";
import { budgetField, MODEL_FIELDS, priceField, priceOf, requireBaseUrl } from "@holdfast/models";
import { proofFields } from "@holdfast/workload-kit";
import { listSources, SOURCE_FORMATS, toSourcePaths } from "@holdfast/workload-kit/sources";
import { z } from "zod";

const QUESTION_LENGTH_MAX = 500;
/** Same as the maximum number of files in a folder of sources. */
const SOURCES_MAX = 500;
/** One day; anything longer is a different kind of job. */
const MINUTES_MAX = 1_440;

const file = z.string().trim().min(1).meta({ format: "path" });

const sources = z
  .union([file, z.array(file).min(1)])
  .overwrite((given) => (typeof given === "string" ? path.resolve(given) : toSourcePaths(given)))
  .superRefine((given, context) => {
    const { problems } = listSources(given, { isLenient: true });
    for (const problem of problems) context.addIssue({ code: "custom", message: `Source ${problem}.` });
  })
  .describe(`Your own sources: files that you send, a folder, or a list of files (${SOURCE_FORMATS.join(", ")})`);

const model = z
  .strictObject({
    ...MODEL_FIELDS,
    price: priceField
      .optional()
      .describe("US dollars per million tokens, where the model is not in the table of prices"),
  })
  .refine(...requireBaseUrl);

export const researchInput = z
  .object({
    question: z
      .string()
      .trim()
      .min(3)
      .max(QUESTION_LENGTH_MAX)
      .regex(/[\p{L}\p{N}]/u, "must hold a word")
      .describe("What you want to know, as a question"),
    sources,
    model: model
      .optional()
      .describe("The language model that writes the answer; without it sentences are quoted, locally"),
    maxSources: z
      .int()
      .min(1)
      .max(SOURCES_MAX)
      .default(100)
      .describe("Read at most so many sources, in the order of their names"),
    maxMinutes: z
      .number()
      .gt(0)
      .max(MINUTES_MAX)
      .default(30)
      .describe("Work at most so long; the answer then rests on what was read until then"),
    budgetUsd: budgetField.optional().describe("Spend at most so many US dollars on the model"),
    ...proofFields({ lines: "one line for every source read", each: "for each source" }),
  })
  .superRefine(({ model: chosen, budgetUsd }, context) => {
    if (budgetUsd === undefined || chosen === undefined) return;
    if (chosen.price !== undefined || priceOf(chosen.name, []) !== null) return;
    const message = `${chosen.name} has no known price, so no budget can be kept: give model.price, or leave the budget out.`;
    context.addIssue({ code: "custom", path: ["budgetUsd"], message });
  });

export type ResearchInput = z.output<typeof researchInput>;
