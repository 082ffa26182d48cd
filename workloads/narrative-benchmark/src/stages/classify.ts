// Judges a narrative by the experiment's local method or model, behind one function. This file makes the calls,
// computes their prices, and classifies their errors. The map decides which narratives, how many at once, and what is
// recorded.
import { type ApiKey, classifyModelTrouble, type ModelClient, openModel } from "@holdfast/models";
import type { DatasetRef, Verdict as ErrorVerdict, ItemContext } from "holdfast";
import { localMethod, type ResultConfig } from "../config/parts.js";
import type { NarrativeBenchmarkInput } from "../input.js";
import { detectIpv } from "../local/ipv-baseline.js";
import { detectSpam } from "../local/spam-rules.js";
import { FoldedClassifier } from "../local/trained.js";
import { type NarrativeItem, narrativesOf } from "../narratives/items.js";
import { isErrorCategory } from "../prompt/error-categories.js";
import { renderPrompt } from "../prompt/template.js";
import { VERDICT_SCHEMAS, type Verdict, verdictJsonSchema } from "../prompt/verdict.js";
import type { CaseRow } from "./ingest.js";

/** A recorded answer: the verdict, and who gave it. */
export type Answer = Verdict & {
  readonly method: "local" | "model";
  /** The model that answered; absent for local methods. */
  readonly model?: string;
  /** Repairs that the model's text needed before it matched; absent if none. */
  readonly repairs?: readonly string[];
};

export type Judge = (item: NarrativeItem, context: ItemContext<ResultConfig>) => Answer | Promise<Answer>;

export interface JudgeOptions {
  readonly input: NarrativeBenchmarkInput;
  readonly cases: DatasetRef<CaseRow>;
  /** Returns the key in the variable that the experiment names; undefined if it is not set. */
  readonly apiKey: ApiKey;
}

export function makeJudge(options: JudgeOptions): Judge {
  const { input } = options;
  if (input.model.provider !== "local") return modelJudge(options);
  const { task } = input.experiment;
  if (localMethod(input).method === "naive-bayes") return trainedJudge(options);
  return task === "ipv" ? ({ text }) => detectIpv(text) : ({ text, type }) => detectSpam(text, type);
}

/** Trained when the first narrative needs it, and identical after every resume, since rows and folds are. */
function trainedJudge({ input, cases }: JudgeOptions): Judge {
  const method = localMethod(input);
  const folds = method.method === "naive-bayes" ? method.folds : 0;
  let trained: Promise<FoldedClassifier> | null = null;
  const train = async (rows: ItemContext<ResultConfig>["rows"]) => {
    const classifier = new FoldedClassifier(folds);
    for await (const { row } of rows(cases)) {
      for (const item of narrativesOf(row, input.data.columns, input.data.labels)) classifier.learn(item);
    }
    return classifier;
  };
  return async (item, { rows }) => {
    trained ??= train(rows);
    const classifier = await trained;
    return input.experiment.task === "ipv" ? classifier.judge(item, "ipv") : classifier.judge(item, "spam");
  };
}

function modelJudge({ input, apiKey }: JudgeOptions): Judge {
  const { model: settings, prompt, experiment, run } = input;
  const { task } = experiment;
  const jsonSchema = verdictJsonSchema(task);
  let made: ModelClient | null = null;
  const client = () => {
    made ??= openJudge(settings, apiKey);
    return made;
  };
  if (prompt === null) throw new TypeError("an experiment with a model has a prompt: the input schema checks it");
  return async (item, { spend, signal, idempotencyKey, logCall }) => {
    const model = client();
    const { system, user } = renderPrompt(prompt, item);
    const text = { system: system ?? undefined, prompt: user };
    const schema = VERDICT_SCHEMAS[task] as (typeof VERDICT_SCHEMAS)["ipv"];
    const request = { ...text, schema, jsonSchema };
    const isLimited = run.budget_usd !== undefined;
    const reserveUsd = isLimited ? model.reserveUsd(request, { withRepair: false }) : model.price === null ? null : 0;
    return spend(reserveUsd, async (reserve) => {
      const onCall = (call: object) => logCall({ ...call });
      const answer = await model.generate({ ...request, signal, idempotencyKey, onCall, reserve });
      const { value, repairs, costUsd, usage, usdSource } = answer;
      return {
        value: {
          ...value,
          method: "model" as const,
          model: answer.model,
          ...(repairs.length === 0 ? {} : { repairs: [...repairs] }),
        },
        usd: costUsd,
        usage: { model: answer.model, ...usage, usdSource },
      };
    });
  };
}

/**
 * Opens the client. @throws {ModelCallError} of category auth if the named variable is not set: no call can succeed, so
 * none is made.
 */
function openJudge(
  { maxTokens, name = "", ...settings }: NarrativeBenchmarkInput["model"],
  apiKey: ApiKey,
): ModelClient {
  const { provider } = settings;
  if (provider === "local") throw new TypeError("the local method makes no calls");
  return openModel({ ...settings, provider, name, maxOutputTokens: maxTokens }, apiKey);
}

/**
 * Maps model errors to the benchmark's categories. If no client can be created, the run pauses instead of failing every
 * item.
 */
export function classifyError(error: unknown): ErrorVerdict | undefined {
  const verdict = classifyModelTrouble(error);
  if (verdict === undefined || verdict.then === "pause") return verdict;
  const { category } = verdict;
  return { ...verdict, category: category === "network" ? "server" : isErrorCategory(category) ? category : "other" };
}
