// Remedies for each setting. One entry per path of the schema; a test fails if one is missing.
import { PLACEHOLDERS } from "../prompt/template.js";
import { GENERATORS, LOCAL_METHODS, PROVIDERS } from "./schema.js";

export const CURES: Readonly<Record<string, string>> = {
  experiment: "write `experiment:` with a `name:` below it.",
  "experiment.name": "a short name of at most 200 characters, for example `name: baseline`.",
  "experiment.notes": "free text; use `notes: |` for several lines.",
  "experiment.task": "`ipv` (the default) or `spam`.",
  model: "settings such as `provider:`; leave the section out for the local method.",
  "model.provider": `one of ${PROVIDERS.join(", ")}.`,
  "model.name": "the model's name as its endpoint knows it, in quotes when it looks like a number.",
  "model.baseUrl": "a whole URL, for example `baseUrl: http://127.0.0.1:11434/v1`.",
  "model.apiKeyEnv":
    "the name of the environment variable that holds the key, for example `apiKeyEnv: OPENAI_API_KEY`.",
  "model.temperature": "a number from 0 to 2; 0 for the most repeatable answers.",
  "model.topP": "a number above 0 and up to 1.",
  "model.seed": "a whole number.",
  "model.maxTokens": "a whole number of at least 1.",
  "model.rate": "{ calls: 60, perMs: 60000 } is at most 60 requests in any minute.",
  "model.rate.calls": "a whole number from 1 to 1000000.",
  "model.rate.perMs": "milliseconds, a whole number from 1 to 315360000000 (10 years).",
  "model.timeoutMs": "milliseconds, a whole number of at least 100 and at most 315360000000 (10 years).",
  "model.price": "US dollars per million tokens: `price: { inputUsd: 0.15, outputUsd: 0.6 }`.",
  "model.price.inputUsd": "US dollars per million input tokens, from 0 to 1000000.",
  "model.price.outputUsd": "US dollars per million output tokens, from 0 to 1000000.",
  "model.method": `one of ${LOCAL_METHODS.join(", ")}; only with \`provider: local\`.`,
  "model.folds": "a whole number from 2 to 20; only with `method: naive-bayes`.",
  prompt: "write `prompt:` with `version:` and `template:` below it.",
  "prompt.version": 'a name for this wording, in quotes: `version: "1.10"`.',
  "prompt.system": "text; use `system: |` for several lines.",
  "prompt.template": `text with {{narrative}} in it; it may also use ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(", ")}.`,
  data: "write `data:` with a `file:` below it.",
  "data.file": "the path of an .xlsx or .csv file, for example `file: narratives.xlsx`.",
  "data.sheet": "the name of a sheet, in quotes when it looks like a number.",
  "data.columns": "`key:`, `narratives:` and `label:`; leave the section out for the generator's columns.",
  "data.columns.key": "the header of the column with the case's unique key.",
  "data.columns.narratives":
    "one line per narrative type, `le: le_narrative`; type names are a-z, 0-9 and _, at most 32 characters, a letter first.",
  "data.columns.narratives.*": "the header of the column with these narratives.",
  "data.columns.label":
    "the header of the column with the manual label, or one for each narrative type: `label: { le: ipv_le, cme: ipv_cme }`.",
  "data.labels":
    "`labels: { positive: [yes], negative: [no], unscored: [unclear] }`, or such a mapping for each narrative type; leave it out for 1/0, true/false, yes/no.",
  "data.generate":
    "`{ what: narratives, cases: 20946, seed: 7 }` or `{ what: spam-assassin }`; leave it out for a file of your own.",
  "data.generate.what": `one of ${GENERATORS.join(", ")}.`,
  "data.generate.cases": "a whole number from 1 to 1000000.",
  "data.generate.seed": "a whole number from 0 to 4294967295.",
  run: "settings such as `concurrency:`; leave the section out for the defaults.",
  "run.max_narratives": "a whole number of at least 1; leave it out for all.",
  "run.concurrency": "a whole number from 1 to 256.",
  "run.batch_size": "a whole number from 1 to 10000.",
  "run.max_error_rate": "a share from 0 to 1: `0.05` is five percent.",
  "run.max_failed": "a whole number of at least 0; leave it out to accept any number.",
  "run.budget_usd": "US dollars above 0 and up to 1000000; leave it out for no limit.",
  "run.attempts": "a whole number from 1 to 10.",
  "run.journal": "the path of a file that each judgement adds a line to.",
  "run.retry_errors_only": "`true` or `false`, without quotes.",
  "run.resume": "`true` or `false`, without quotes.",
  "run.experiment_id": "the id of the run to resume, in quotes.",
};

/** Returns the remedy for a path. A narrative type of the user's own uses the entry for all types. */
export function cureFor(path: string): string {
  const cure = CURES[path] ?? CURES[path.replace(/^(data\.columns\.narratives)\..+$/, "$1.*")];
  return cure ?? "remove it.";
}

/** Names that people are likely to write, and why the right one is different. */
export const KNOWN_MISTAKES: Readonly<Record<string, string>> = {
  "model.apiKey": "keep keys out of files: put it into the environment and write `apiKeyEnv: NAME_OF_THE_VARIABLE`.",
  "model.api_key": "keep keys out of files: put it into the environment and write `apiKeyEnv: NAME_OF_THE_VARIABLE`.",
  "model.max_tokens": "write `maxTokens`.",
  "run.limit": "write `max_narratives`.",
  "data.path": "write `file`.",
};
