// Compares two experiments for `holdfast diff`: which answers became right or wrong, and whether the difference is
// significant. This file reads the answers; `score/` counts and tests them.

import type { DatasetRef } from "holdfast";
import type { ComparedRun, RunComparison } from "holdfast/extend";
import { plural } from "holdfast/extend";
import type { NarrativeBenchmarkInput } from "./input.js";
import { type ChangedItems, type Comparison, whatChanged } from "./score/compare.js";
import type { Prediction } from "./score/confusion.js";
import { SYNTHETIC } from "./score/report.js";
import type { CaseRow } from "./stages/ingest.js";
import { indexCases, type Judged, predictions } from "./stages/predictions.js";
import type { Score } from "./stages/score.js";

/** Number of keys to show; the document has up to 1,000. */
const KEYS_SHOWN_MAX = 5;

/** Also compares running experiments, by their answers so far. */
export const compareExperiments: RunComparison = async (a, b, { stage } = {}) => {
  // Ingest and export say nothing about answers; classify and score do.
  if (stage !== undefined && stage !== "classify" && stage !== "score") return null;
  const seen = { isSynthetic: false };
  const comparison = await whatChanged(answersOf(a, seen), answersOf(b, seen));
  const figures = [await figuresOf(a), await figuresOf(b)] as const;
  const of = seen.isSynthetic ? { data: SYNTHETIC } : {};
  const lines = [...linesOf(comparison, seen.isSynthetic ? ` ${SYNTHETIC}` : ""), ...figureLines(...figures)];
  return { document: { ...of, ...comparison, figures }, lines };
};

/** Sets `seen.isSynthetic` if either side has synthetic cases: then no common figure is about real cases only. */
async function* answersOf(side: ComparedRun, seen: { isSynthetic: boolean }): AsyncGenerator<Prediction> {
  const cases = (await side.output("ingest")) as DatasetRef<CaseRow> | null;
  if (cases === null) return;
  const { columns, labels } = (side.run.input as NarrativeBenchmarkInput).data;
  // Only the stage's name is read from the results reference, since an unfinished map has none yet.
  const judged = { cases, columns, labels, results: null as never } satisfies Judged;
  const index = await indexCases({ rows: side.rows }, judged);
  seen.isSynthetic ||= index.hasSynthetic;
  yield* predictions({ results: () => side.items("classify") as never }, index, judged);
}

const FIGURES = ["accuracy", "precision", "recall", "f1"] as const;
type Figures = Readonly<Record<(typeof FIGURES)[number], number | null>> & { readonly data?: string | undefined };

/** Returns the overall figures of a run's score; null if it has none yet. */
async function figuresOf(side: ComparedRun): Promise<Figures | null> {
  const score = (await side.output("score")) as Score | null;
  if (score === null) return null;
  const { overall } = score.report;
  const figures = Object.fromEntries(FIGURES.map((name) => [name, overall[name].value]));
  return { ...(score.data === undefined ? {} : { data: score.data }), ...figures } as Figures;
}

function figureLines(a: Figures | null, b: Figures | null): string[] {
  if (a === null || b === null) return [];
  const shown = (of: Figures, name: (typeof FIGURES)[number]) => {
    const value = of[name];
    return value === null ? "–" : `${value.toFixed(4)}${of.data === undefined ? "" : ` ${of.data}`}`;
  };
  return ["Figures, overall", ...FIGURES.map((name) => `  ${name.padEnd(13)}  ${shown(a, name)} → ${shown(b, name)}`)];
}

function linesOf(comparison: Comparison, mark: string): string[] {
  const { paired, bothRight, bothWrong, yesToNo, noToYes, rightToWrong, wrongToRight, leftOut, test } = comparison;
  const statistic = test.statistic === null ? "" : `, statistic ${test.statistic.toFixed(2)}`;
  const left = [
    [leftOut.onlyInFirst, "only in the first"],
    [leftOut.onlyInSecond, "only in the second"],
    [leftOut.errorInEither, "failed in either"],
    [leftOut.unlabelled, "without a label"],
    [leftOut.labelsDiffer, "labelled differently"],
  ] as const;
  const rest = left.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`);
  return [
    `Answers that changed: yes → no ${yesToNo}, no → yes ${noToYes}${mark}`,
    `Answers compared with their labels: ${plural(paired, "narrative")}, ${bothRight} right in both, ${bothWrong} wrong in both${mark}`,
    `  right → wrong  ${show(rightToWrong)}`,
    `  wrong → right  ${show(wrongToRight)}`,
    `  McNemar's test (${test.method}${statistic}): p = ${test.pValue.toPrecision(3)}${mark}`,
    ...(rest.length > 0 ? [`  left out       ${rest.join(", ")}`] : []),
  ];
}

function show({ count, keys }: ChangedItems): string {
  if (count === 0) return "0";
  return `${count}  (${keys.slice(0, KEYS_SHOWN_MAX).join(", ")}${count > KEYS_SHOWN_MAX ? ", …" : ""})`;
}
