// The score in words and tables, for people: summary.md. Every figure has its interval and its counts.
import type { MapRef } from "holdfast";
import { wordCost } from "holdfast/extend";
import type { F1, Scores } from "./confusion.js";
import { type ScoreReport, SYNTHETIC, SYNTHETIC_NOTE } from "./report.js";
import type { RetryBiasRow } from "./retry-bias.js";
import type { Proportion } from "./wilson.js";

export interface SummaryFacts {
  readonly experiment: string;
  readonly notes: string | null;
  /** Method that answered: `local (lexicon)`, or the model's name. */
  readonly method: string;
  readonly source: string;
  readonly isSynthetic: boolean;
  readonly cost: Pick<MapRef, "costUsd" | "unpriced">;
}

export function summaryMarkdown(facts: SummaryFacts, report: ScoreReport, retries: readonly RetryBiasRow[]): string {
  const mark = facts.isSynthetic ? ` ${SYNTHETIC}` : "";
  const share = (figure: Proportion) => figureCell(wordShare(figure), mark);
  const f1Cell = (figure: F1) => figureCell(f1Words(figure), mark);
  const columns = [["overall", report.overall] as const, ...Object.entries(report.byType)];
  const table = (rows: readonly (readonly [string, (scores: Scores) => string])[]) =>
    [
      `| | ${columns.map(([name]) => name).join(" | ")} |`,
      `|---|${columns.map(() => "---:").join("|")}|`,
      ...rows.map(([title, cell]) => `| ${title} | ${columns.map(([, scores]) => cell(scores)).join(" | ")} |`),
    ].join("\n");
  return `${[
    `# ${facts.experiment}`,
    ...(facts.isSynthetic ? [`**${SYNTHETIC_NOTE}**`] : []),
    ...(facts.notes === null ? [] : [facts.notes.trim()]),
    `Method: ${facts.method}. Source: ${facts.source}. Cost: ${wordCost(facts.cost)}.`,
    table([
      ["narratives", ({ items }) => count(items)],
      ["answered and labelled", ({ scored }) => count(scored)],
      ["errors (no answer, not scored)", ({ errors }) => count(errors)],
      ["without a label", ({ unlabelled }) => count(unlabelled)],
    ]),
    table([
      ["accuracy", ({ accuracy }) => share(accuracy)],
      ["precision", ({ precision }) => share(precision)],
      ["recall", ({ recall }) => share(recall)],
      ["specificity", ({ specificity }) => share(specificity)],
      ["F1", ({ f1 }) => f1Cell(f1)],
      ["labelled positive", ({ prevalence }) => share(prevalence)],
    ]),
    table([
      ["true positive", ({ confusion }) => count(confusion.truePositive)],
      ["false positive", ({ confusion }) => count(confusion.falsePositive)],
      ["true negative", ({ confusion }) => count(confusion.trueNegative)],
      ["false negative", ({ confusion }) => count(confusion.falseNegative)],
    ]),
    report.note,
    "## Do retried narratives differ?",
    [
      "| | narratives | answered yes | labelled yes | right | mean characters |",
      "|---|---:|---:|---:|---:|---:|",
      ...retries.map(
        (row) =>
          `| ${row.group} | ${count(row.items)} | ${share(row.predictedPositive)} | ${share(row.labelledPositive)} | ` +
          `${share(row.accuracy)} | ${row.meanChars === null ? "–" : Math.round(row.meanChars)} |`,
      ),
    ].join("\n"),
  ].join("\n\n")}\n`;
}

const count = (value: number) => value.toLocaleString("en-US");
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

/** A figure may be copied without its heading, so the mark is beside it. */
function figureCell(words: string, mark: string): string {
  return words === "–" ? words : `${words}${mark}`;
}

function wordShare({ value, interval }: Proportion): string {
  if (value === null || interval === null) return "–";
  return `${percent(value)} (${percent(interval.low)} to ${percent(interval.high)})`;
}

function f1Words({ value, interval }: F1): string {
  return value === null || interval === null
    ? "–"
    : `${value.toFixed(3)} (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`;
}
