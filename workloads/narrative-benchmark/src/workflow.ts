// The workflow: ingest, classify, score, export, each reading what earlier stages recorded. It has no logic of its own.
import { defineWorkflow } from "holdfast";
import { resultConfig } from "./config/parts.js";
import { narrativeBenchmarkInput } from "./input.js";
import { journaled } from "./journal.js";
import { type NarrativeItem, narrativesOf } from "./narratives/items.js";
import { type Answer, classifyError, makeJudge } from "./stages/classify.js";
import { type CaseRow, ingestCases } from "./stages/ingest.js";
import { exportAnswers, scoreAnswers } from "./stages/score.js";

export const STAGES = [
  { name: "ingest", title: "Read the cases", kind: "primary" },
  { name: "classify", title: "Classify the narratives", kind: "primary" },
  { name: "score", title: "Score against the labels", kind: "review" },
  { name: "export", title: "Export the predictions", kind: "primary" },
] as const;

export interface NarrativeBenchmarkOptions {
  /**
   * Returns the key in the environment variable that an experiment names (`model.apiKeyEnv`). Called before the first
   * model call; keys are never part of an experiment or a run. Default: no key, so models that need one cannot be used.
   */
  readonly apiKey?: ((variable: string) => string | undefined) | undefined;
}

/** Classifies narratives by a local method or a language model, and scores the answers against manual labels. */
export function narrativeBenchmark({ apiKey = () => undefined }: NarrativeBenchmarkOptions = {}) {
  return defineWorkflow({
    name: "narrative-benchmark",
    version: "1",
    input: narrativeBenchmarkInput,
    stages: STAGES,
    search: ["experiment.name", "model.name"],
    async run({ input, runId, stage, map }) {
      const { data, run, onBadRow, model } = input;
      const { columns, labels } = data;
      const { generate: _never, ...source } = data;
      const cases = await stage("ingest", { inputs: { ...source, onBadRow } }, (context) =>
        ingestCases(context, { data, onBadRow }),
      );
      const results = await map<CaseRow, NarrativeItem, Answer, ReturnType<typeof resultConfig>>(
        "classify",
        cases,
        {
          expand: {
            parts: Object.keys(columns.narratives),
            item: (row, part) => narrativesOf(row, columns, labels).find(({ type }) => type === part) ?? null,
          },
          limit: run.max_narratives,
          config: resultConfig(input),
          // Concurrency toward a model's endpoint starts at 1 and grows; local methods have no endpoint to spare.
          concurrency: model.provider === "local" ? run.concurrency : { min: 1, max: run.concurrency },
          batch: { results: run.batch_size },
          attempts: run.attempts,
          maxErrorRate: run.max_error_rate,
          maxFailed: run.max_failed ?? shareOfFailed(run.max_error_rate),
          budget: run.budget_usd === undefined ? undefined : { usd: run.budget_usd },
          classify: classifyError,
        },
        journaled(makeJudge({ input, cases, apiKey }), { file: run.journal, runId }),
      );
      // Absent if none are given, so that records from before labels existed keep their hash.
      const judged = { results, cases, columns, ...(labels === undefined ? {} : { labels }) };
      const score = await stage("score", { inputs: judged }, (context) => scoreAnswers(context, { input, judged }));
      const exported = await stage("export", { inputs: judged }, (context) => exportAnswers(context, { judged }));
      const { overall } = score.report;
      return {
        // First, so that no line that shows the beginning of an output shows a figure without it.
        ...(score.data === undefined ? {} : { data: score.data }),
        experiment: input.experiment.name,
        method: score.method,
        narratives: overall.items,
        errors: overall.errors,
        accuracy: overall.accuracy.value,
        f1: overall.f1.value,
        costUsd: results.costUsd,
        ...(results.unpriced === undefined ? {} : { unpriced: results.unpriced }),
        predictions: exported.csv,
      };
    },
  });
}

/** The engine reads numbers from 1 up as counts, so a share of 1 means no limit. */
function shareOfFailed(share: number): number {
  return share < 1 ? share : Number.MAX_SAFE_INTEGER;
}
