// The two halves of a configuration: what a verdict depends on, and what only controls the run. `resultConfig` is the
// `config` of the durable map: a change in it makes recorded verdicts stale, and a change anywhere else must not. So it
// contains only what changes an answer.
import { IPV_LEXICON_VERSION } from "../local/ipv-lexicon.js";
import { SPAM_RULES_VERSION } from "../local/spam-rules.js";
import { type Task, VERDICT_SCHEMA_VERSION } from "../prompt/verdict.js";
import type { ExperimentConfig, ModelSection, PromptSection } from "./schema.js";

/** Five is the usual choice: each classifier learns from 80 % of the cases. */
const FOLDS_DEFAULT = 5;

export type LocalMethod =
  | { readonly method: "lexicon" | "rules"; readonly version: string }
  | { readonly method: "naive-bayes"; readonly folds: number };

export type ResultModel =
  | ({ readonly provider: "local" } & LocalMethod)
  | {
      readonly provider: Exclude<ModelSection["provider"], "local">;
      readonly name: string;
      readonly baseUrl: string | null;
      readonly temperature: number | null;
      readonly topP: number | null;
      readonly seed: number | null;
      readonly maxTokens: number | null;
    };

/** Everything that a verdict depends on besides the narrative. Plain JSON. */
export interface ResultConfig {
  readonly task: Task;
  readonly model: ResultModel;
  /** Null for the local methods, which read no prompt, so editing it changes nothing. */
  readonly prompt: { readonly version: string; readonly system: string | null; readonly template: string } | null;
  readonly schemaVersion: string;
}

export function resultConfig(config: ExperimentConfig): ResultConfig {
  const { model } = config;
  const { task } = config.experiment;
  const schemaVersion = VERDICT_SCHEMA_VERSION;
  if (model.provider === "local") {
    return { task, model: { provider: "local", ...localMethod(config) }, prompt: null, schemaVersion };
  }
  return {
    task,
    model: {
      provider: model.provider,
      name: model.name ?? "",
      baseUrl: model.baseUrl ?? null,
      temperature: model.temperature ?? null,
      topP: model.topP ?? null,
      seed: model.seed ?? null,
      maxTokens: model.maxTokens ?? null,
    },
    prompt: config.prompt === null ? null : promptParts(config.prompt),
    schemaVersion,
  };
}

function promptParts({ version, system, template }: PromptSection) {
  return { version, system: system ?? null, template };
}

/** Returns the local method of an experiment: the rules of its task by default. */
export function localMethod({ experiment, model }: ExperimentConfig): LocalMethod {
  if (model.method === "naive-bayes") return { method: "naive-bayes", folds: model.folds ?? FOLDS_DEFAULT };
  return experiment.task === "ipv"
    ? { method: "lexicon", version: IPV_LEXICON_VERSION }
    : { method: "rules", version: SPAM_RULES_VERSION };
}

/** Settings that control the run and may change on any resume: pace, limits, timeouts, prices, the key's variable. */
export interface OperationalConfig {
  readonly name: string;
  readonly notes: string | null;
  readonly run: ExperimentConfig["run"];
  readonly apiKeyEnv: string | null;
  readonly timeoutMs: number | null;
  readonly rate: { readonly calls: number; readonly perMs: number } | null;
  readonly price: { readonly inputUsd: number; readonly outputUsd: number } | null;
}

export function operationalConfig({ experiment, model, run }: ExperimentConfig): OperationalConfig {
  return {
    name: experiment.name,
    notes: experiment.notes ?? null,
    run,
    apiKeyEnv: model.apiKeyEnv ?? null,
    timeoutMs: model.timeoutMs ?? null,
    rate: model.rate ?? null,
    price: model.price ?? null,
  };
}
