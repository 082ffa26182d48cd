// The input of the job: documents, and how much of the tables to show. Checked when a job is started, shown as a form.
import path from "node:path";
import { z } from "zod";
import { DOCUMENT_FORMATS, listDocuments } from "./documents.js";

/** More rows than anybody reads; the whole table is a file. */
const TERMS_MAX = 500;
const IGNORED_MAX = 1_000;
/** An hour per document is more than any demonstration needs. */
const PACE_MS_MAX = 3_600_000;

const file = z.string().trim().min(1).meta({ format: "path" });

const documents = z
  .union([file, z.array(file).min(1)])
  .overwrite((given) => (typeof given === "string" ? path.resolve(given) : given.map((one) => path.resolve(one))))
  .superRefine((given, context) => {
    for (const problem of listDocuments(given).problems)
      context.addIssue({ code: "custom", message: `Documents: ${problem}.` });
  })
  .describe(
    `Documents to count in: files that you send, a folder, or a list of files (${DOCUMENT_FORMATS.join(", ")})`,
  );

export const analysisInput = z.object({
  documents,
  topTerms: z.int().min(1).max(TERMS_MAX).default(50).describe("How many terms and names the tables show"),
  ignore: z
    .array(z.string().trim().min(1).toLowerCase())
    .max(IGNORED_MAX)
    .default([])
    .describe("Words to leave out, beside the usual ones (the, of, and, …)"),
  journal: z
    .string()
    .trim()
    .min(1)
    .overwrite((given) => path.resolve(given))
    .meta({ format: "path" })
    .optional()
    .describe("A file that gets one line for every document measured, for proofs"),
  paceMs: z
    .int()
    .min(0)
    .max(PACE_MS_MAX)
    .default(0)
    .describe("Extra time for each document, in milliseconds, for demonstrations"),
});
