// The input of a run. The profile is read and checked when a run starts, and recorded with it, so later edits of the
// file do not affect the run. Paths become absolute, since a run may be resumed from a different folder.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { budgetField } from "@holdfast/models";
import { describeProblem, nearestKey } from "@holdfast/workload-kit";
import { z } from "zod";
import { hasPrice, modelSettings } from "./model/settings.js";
import { checkProfile } from "./profile/check.js";
import { parseProfile } from "./profile/parse.js";
import { fieldsOf, type Profile } from "./profile/schema.js";

/** Maximum size of a profile file; profiles have some kilobytes. */
const PROFILE_BYTES_MAX = 1_048_576;

/** The profile of a run, and its origin. */
export interface RunProfile {
  /** Absolute path of its file; null if it was given as data. */
  readonly file: string | null;
  /** Line of each criterion in the file, for errors found later. */
  readonly lines: { readonly [id: string]: number };
  readonly profile: Profile;
}

const icp = z
  .union([z.string().trim().min(1).meta({ format: "path" }), z.record(z.string(), z.unknown())])
  .transform((given, context): RunProfile => {
    const found = typeof given === "string" ? readProfile(given) : givenProfile(given);
    if (!("issues" in found)) return found;
    for (const issue of found.issues) context.addIssue({ code: "custom", ...issue });
    return z.NEVER;
  })
  .describe("Ideal customer profile: a YAML file (or the profile itself, as JSON)");

export const leadQualificationInput = z
  .strictObject({
    prospects: z
      .string()
      .trim()
      .min(1)
      .regex(/\.(csv|tsv|xlsx|jsonl|parquet)$/i, "must be a .csv, .tsv, .xlsx, .jsonl or .parquet file")
      .overwrite((given) => resolve(given))
      .superRefine((file, context) => {
        const missing = findFileProblem(file);
        if (missing !== null) context.addIssue({ code: "custom", message: `${file}: ${missing}` });
      })
      .describe("The prospects: a .csv, .tsv, .xlsx, .jsonl or .parquet file with a header")
      .meta({ format: "path" }),
    icp,
    key: z.string().trim().min(1).default("domain").describe("The column that names a prospect, each once"),
    company: z.string().trim().min(1).default("company").describe("The column with the company's name"),
    columns: z
      .record(z.string(), z.string().trim().min(1))
      .optional()
      .describe('Which column of the file is meant by a name: --columns.company="Account name"'),
    encoding: z
      .string()
      .trim()
      .min(1)
      .default("detect")
      .describe("Of a text file: utf-8, utf-16le, windows-1252, shift_jis, …; detect tells the usual ones apart"),
    out: z
      .string()
      .trim()
      .min(1)
      .regex(/\.(csv|xlsx|json)$/i, "must be a .csv, .xlsx or .json file")
      .overwrite((given) => resolve(given))
      .optional()
      .describe("Where to write the ranking as well: a .csv, .xlsx or .json file, replaced if it is there")
      .meta({ format: "path" }),
    sheet: z.string().trim().min(1).optional().describe("The sheet of a workbook; the first one when left out"),
    onBadRow: z.enum(["fail", "skip"]).default("fail").describe("What a row that cannot be used does to the run"),
    maxProspects: z.int().min(1).optional().describe("At most so many, the first ones: to try a profile out"),
    model: modelSettings.optional().describe("The language model that judges free-text criteria; without it, words do"),
    concurrency: z.int().min(1).max(256).default(8).describe("Prospects under way at once"),
    attempts: z.int().min(1).max(10).default(3).describe("How often a failing prospect is tried, in all"),
    requestsPerMinute: z.int().min(1).optional().describe("The most calls of the model in any minute"),
    budgetUsd: budgetField.optional().describe("US dollars; when they are spent the run pauses"),
    maxErrorRate: z.number().min(0).max(1).default(0.05).describe("Of the last 200; above it the run pauses"),
    maxFailed: z
      .int()
      .min(0)
      .optional()
      .describe("More failed prospects at the end and the run failed; default: that share"),
  })
  .superRefine((input, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: path.split("."), message });
    const { model, budgetUsd, requestsPerMinute, icp: run, sheet, prospects, columns, key, company } = input;
    if (input.out !== undefined && !existsSync(dirname(input.out)))
      issue("out", `${dirname(input.out)}: there is no such folder`);
    const names = [...new Set([key, company, ...run.profile.criteria.flatMap(fieldsOf)])];
    for (const name of Object.keys(columns ?? {}).filter((one) => !names.includes(one))) {
      const near = nearestKey(name, names);
      const hint = near === undefined ? `; there are ${names.join(", ")}` : `; did you mean ${near}?`;
      issue(`columns.${name}`, `the profile, key and company read nothing of that name${hint}`);
    }
    if (sheet !== undefined && !/\.xlsx$/i.test(prospects)) issue("sheet", "only a workbook (.xlsx) has sheets");
    if (model === undefined) {
      const alone = "nothing is called without a model: remove it, or set model";
      if (budgetUsd !== undefined) issue("budgetUsd", alone);
      if (requestsPerMinute !== undefined) issue("requestsPerMinute", alone);
      return;
    }
    if (!run.profile.criteria.some(({ kind }) => kind === "text")) {
      issue(
        "model",
        "the profile has no criterion of kind text, so the model would never be asked: remove it, or add one",
      );
    }
    if (budgetUsd !== undefined && !hasPrice(model)) {
      issue("budgetUsd", `model ${model.name} has no price, so a budget cannot be kept: set model.price`);
    }
  });

/** Reported before a run exists, not by its first stage. */
function findFileProblem(file: string): string | null {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return "it is a folder, a file is expected";
    return stats.isFile() ? null : "it is no regular file";
  } catch (error) {
    return wordFileError(error);
  }
}

/** The input as stages see it. */
export type LeadQualificationInput = z.output<typeof leadQualificationInput>;

type ProfileReading =
  | RunProfile
  | { readonly issues: readonly { readonly path?: PropertyKey[]; readonly message: string }[] };

function readProfile(given: string): ProfileReading {
  const file = resolve(given);
  let text: string;
  try {
    // Before reading: a device has no end, and a list of prospects given by mistake can be long.
    const stats = statSync(file);
    if (stats.isDirectory()) return unreadable(given, "it is a folder");
    if (!stats.isFile()) return unreadable(given, "it is no regular file");
    if (stats.size > PROFILE_BYTES_MAX) return unreadable(given, `it has more than ${PROFILE_BYTES_MAX} bytes`);
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    return unreadable(given, wordFileError(error));
  }
  const parsed = parseProfile(text);
  if (parsed.ok) return { file, lines: parsed.lines, profile: parsed.profile };
  return { issues: parsed.problems.map((problem) => ({ message: describeProblem(given, problem) })) };
}

function unreadable(given: string, why: string): ProfileReading {
  return { issues: [{ message: `${given}: ${why}; name a YAML file with the profile` }] };
}

function wordFileError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "it may not be read";
  return code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is not UTF-8 text" : (code ?? message);
}

function givenProfile(given: Record<string, unknown>): ProfileReading {
  const checked = checkProfile(given);
  if (checked.ok) return { file: null, lines: {}, profile: checked.profile };
  return {
    issues: checked.findings.map(({ path, message, cure }) => ({
      path: [...path],
      message: `${message} Cure: ${cure}`,
    })),
  };
}
