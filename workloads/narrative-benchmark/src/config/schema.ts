// The experiment file as a schema, section by section, with reasons for the defaults. Sections are checked one by one,
// so that a mistake in one does not hide mistakes in the next. `cross-checks.ts` has the rules across sections, and
// `cures.ts` the wording of remedies.
import { budgetField, DURATION_MAX_MS, priceField, rateField } from "@holdfast/models";
import { z } from "zod";
import { TASKS } from "../prompt/verdict.js";

export const PROVIDERS = ["local", "openai", "anthropic", "openai-compatible"] as const;
/** Local methods: `lexicon` for ipv, `rules` for spam, `naive-bayes` (k-fold, needs labels) for either. */
export const LOCAL_METHODS = ["lexicon", "rules", "naive-bayes"] as const;
export const GENERATORS = ["narratives", "spam-assassin"] as const;

const text = z.string().trim().min(1);
const isHttpUrl = (value: string) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);

const experiment = z.strictObject({
  name: text.max(200),
  notes: z.string().optional(),
  task: z.enum(TASKS).default("ipv"),
});

const model = z.strictObject({
  provider: z.enum(PROVIDERS),
  name: text.optional(),
  baseUrl: z.string().refine(isHttpUrl, "not an http(s) URL").meta({ format: "endpoint" }).optional(),
  /** *Name* of the environment variable that holds the key. A key itself is never in the file. */
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().gt(0).max(1).optional(),
  seed: z.int().optional(),
  maxTokens: z.int().min(1).optional(),
  timeoutMs: z.int().min(100).max(DURATION_MAX_MS).optional(),
  rate: rateField.optional(),
  /** US dollars per million tokens. Without it, an unknown model cannot have a budget. */
  price: priceField.optional(),
  method: z.enum(LOCAL_METHODS).optional(),
  folds: z.int().min(2).max(20).optional(),
});

const prompt = z.strictObject({
  // A whole number is accepted for convenience; 1.10 is not, because YAML reads it as 1.1.
  version: z.union([text, z.int()]).transform(String),
  system: z.string().optional(),
  template: text,
});

const typeName = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/);

const columns = z.strictObject({
  key: text,
  narratives: z.record(typeName, text).refine((types) => Object.keys(types).length > 0, "empty"),
  /** One column for the case, or one per narrative type. */
  label: z.union([text, z.record(typeName, text)]),
});

/** A word in a label cell. YAML reads `1` and `true` as a number and a boolean; both mean the text as written. */
const word = z.union([z.string(), z.number(), z.boolean()]).transform((given) => String(given).trim());
const labelWords = z.strictObject({
  positive: z.array(word).min(1),
  negative: z.array(word).min(1),
  unscored: z.array(word).default([]),
});

/** Columns that the generator writes, so that a file without `columns` works. */
export const DEFAULT_COLUMNS = {
  key: "incident_id",
  narratives: { le: "le_narrative", cme: "cme_narrative" },
  label: "ipv_manual",
};

const data = z.strictObject({
  file: text.refine((name) => /\.(xlsx|csv)$/i.test(name), "not .xlsx or .csv").meta({ format: "path" }),
  sheet: text.optional(),
  columns: columns.default(DEFAULT_COLUMNS),
  /** Meaning of the words in label cells, for all narrative types or for each of them. */
  labels: z.union([labelWords, z.record(typeName, labelWords)]).optional(),
  /** How to generate `file` if a *new* run finds it missing. A resume never generates it. */
  generate: z
    .strictObject({
      what: z.enum(GENERATORS),
      cases: z.int().min(1).max(1_000_000).optional(),
      seed: z.int().min(0).max(4_294_967_295).optional(),
    })
    .optional(),
});

const run = z.strictObject({
  max_narratives: z.int().min(1).optional(),
  concurrency: z.int().min(1).max(256).default(8), // what a small hosted endpoint can handle; local servers take fewer
  batch_size: z.int().min(1).max(10_000).default(100), // results per commit: a crash repeats at most this many
  max_error_rate: z.number().min(0).max(1).default(0.05), // share of the last 200 items; above it the run pauses
  max_failed: z.int().min(0).optional(), // with more failed items at the end (default: that share), the run failed
  budget_usd: budgetField.optional(),
  attempts: z.int().min(1).max(10).default(3),
  journal: text.meta({ format: "path" }).optional(), // file outside the engine to which each judgment adds a line: evidence of how often each ran
  retry_errors_only: z.boolean().default(false),
  resume: z.boolean().default(false),
  experiment_id: text.optional(),
});

export const SECTIONS = { experiment, model, prompt, data, run } as const;
export type SectionName = keyof typeof SECTIONS;
export const REQUIRED_SECTIONS: readonly SectionName[] = ["experiment", "data"];

export type ExperimentSection = z.infer<typeof experiment>;
export type ModelSection = z.infer<typeof model>;
export type PromptSection = z.infer<typeof prompt>;
export type DataSection = z.infer<typeof data>;
export type RunSection = z.infer<typeof run>;
export type Columns = z.infer<typeof columns>;
export type LabelWords = z.infer<typeof labelWords>;
export type Labels = NonNullable<DataSection["labels"]>;

/** A checked experiment with every default filled in: plain JSON that is stored with its run. */
export interface ExperimentConfig {
  readonly experiment: ExperimentSection;
  readonly model: ModelSection;
  readonly prompt: PromptSection | null;
  readonly data: DataSection;
  readonly run: RunSection;
}
