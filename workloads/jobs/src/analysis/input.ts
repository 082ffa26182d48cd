// The input of the job: documents, and the length of the tables. Checked when a job starts, and shown as a form.
import path from "node:path";
import { proofFields } from "@holdfast/workload-kit";
import { z } from "zod";
import { DOCUMENT_FORMATS, listDocuments } from "./documents.js";

/** More rows than anybody reads; a file has the whole table. */
const TERMS_MAX = 500;
const IGNORED_MAX = 1_000;

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
  ...proofFields({ lines: "one line for every document measured", each: "for each document" }),
});
