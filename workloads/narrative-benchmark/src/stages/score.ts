// Stages `score` and `export`: the result of the recorded answers, as files of their attempt.

import type { ArtifactRef, StageContext } from "holdfast";
import { plural } from "holdfast/extend";
import { localMethod } from "../config/parts.js";
import { writeCsvExport, writeJsonExport } from "../export/write.js";
import type { NarrativeBenchmarkInput } from "../input.js";
import { type ScoreReport, SYNTHETIC, scorePredictions } from "../score/report.js";
import { type RetryBiasRow, retryBias } from "../score/retry-bias.js";
import { summaryMarkdown } from "../score/summary.js";
import { exportRows, indexCases, type Judged, predictions } from "./predictions.js";

export interface Score {
  readonly method: string;
  /** Set for synthetic narratives: each figure says something about the system, nothing about real cases. */
  readonly data?: typeof SYNTHETIC | undefined;
  readonly report: ScoreReport;
  readonly retryBias: readonly RetryBiasRow[];
}

export async function scoreAnswers(
  stage: StageContext,
  { input, judged }: { readonly input: NarrativeBenchmarkInput; readonly judged: Judged },
): Promise<Score> {
  const index = await indexCases(stage, judged);
  const isSynthetic = index.hasSynthetic;
  const report = await scorePredictions(predictions(stage, index, judged), { isSynthetic });
  const bias = await retryBias(predictions(stage, index, judged), { isSynthetic });
  const method = methodOf(input);
  const score: Score = { ...(isSynthetic ? { data: SYNTHETIC } : {}), method, report, retryBias: bias };
  await stage.artifact.write("score.json", `${JSON.stringify(score, null, 2)}\n`);
  const facts = {
    experiment: input.experiment.name,
    notes: input.experiment.notes ?? null,
    method,
    isSynthetic,
    source: `${judged.cases.name}, ${plural(judged.cases.rows, "case")}, content ${judged.cases.digest.slice(0, 12)}`,
    cost: judged.results,
  };
  await stage.artifact.write("summary.md", summaryMarkdown(facts, report, bias));
  const named = (name: string) => (isSynthetic ? `${name} (${SYNTHETIC})` : name);
  stage.metric(named("accuracy"), report.overall.accuracy.value ?? 0);
  stage.metric(named("f1"), report.overall.f1.value ?? 0);
  return score;
}

export interface Exported {
  readonly rows: number;
  readonly csv: ArtifactRef;
  readonly json: ArtifactRef;
}

/** Writes each file whole or not at all. */
export async function exportAnswers(stage: StageContext, { judged }: { readonly judged: Judged }): Promise<Exported> {
  const { artifact, signal } = stage;
  const index = await indexCases(stage, judged);
  let rows = 0;
  const csv = await artifact.writeWith("predictions.csv", async (path) => {
    rows = (await writeCsvExport(path, exportRows(stage, index, judged), { signal })).rows;
  });
  const json = await artifact.writeWith("predictions.json", (path) =>
    writeJsonExport(path, exportRows(stage, index, judged), { signal }),
  );
  return { rows, csv, json };
}

function methodOf(input: NarrativeBenchmarkInput): string {
  return input.model.provider === "local" ? `local (${localMethod(input).method})` : (input.model.name ?? "");
}
