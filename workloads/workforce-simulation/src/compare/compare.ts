// Compares two simulations for `holdfast diff`: which figures of which years differ, and by how much. Unfinished runs
// are compared as far as both go.

import type { ComparedRun, RunComparison } from "holdfast/extend";
import { plural } from "holdfast/extend";
import { assumptionRows, isSame, type RecordedInput, valueLines } from "../catalogue.js";
import { parseUnits, unitsText } from "../config/decimal.js";

type Metrics = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A figure of one year that differs; null on the side where it is missing. */
export interface MetricDifference {
  readonly metric: string;
  readonly year: number;
  readonly a: string | null;
  readonly b: string | null;
  /** b − a; null if one is missing. */
  readonly difference: string | null;
}

/** Maximum lines shown; the document has all differences. */
const LINES_MAX = 60;

export const compareSimulations: RunComparison = async (a, b, { stage } = {}) => {
  const year = /^year-(\d{4})$/.exec(stage ?? "")?.[1];
  if (stage !== undefined && stage !== "report" && year === undefined) return null;
  const only = (metrics: Metrics) =>
    year === undefined ? metrics : Object.fromEntries(Object.entries(metrics).filter(([one]) => one === year));
  const [left, right] = [only(await metricsOf(a)), only(await metricsOf(b))];
  const years = unionOf(Object.keys(left), Object.keys(right));
  const differences = differencesOf(left, right);
  const assumptions = compareAssumptions(a.run.input as RecordedInput, b.run.input as RecordedInput);
  const document = { assumptions, years: years.map(Number), differences };
  return { document, lines: [...assumptionLines(assumptions), "", ...linesOf(differences, years.length)] };
};

/** A setting of both runs. Lists have differing settings first, then those changed in both. */
export interface ComparedAssumption {
  readonly name: string;
  readonly a: unknown;
  readonly b: unknown;
  readonly default: unknown;
  readonly source: string;
  /** In which of the two it differs from the default. */
  readonly changed: "a" | "b" | "both" | "neither";
  readonly differs: boolean;
}

export function compareAssumptions(left: RecordedInput, right: RecordedInput): ComparedAssumption[] {
  const others = new Map(assumptionRows(right).map((row) => [row.name, row]));
  const rows = assumptionRows(left).map(({ name, value, default: usual, source, changed }): ComparedAssumption => {
    const other = others.get(name);
    const isChanged = other?.changed ?? false;
    return {
      name,
      a: value,
      b: other?.value ?? null,
      default: usual,
      source,
      changed: changed && isChanged ? "both" : changed ? "a" : isChanged ? "b" : "neither",
      differs: !isSame(value, other?.value ?? null),
    };
  });
  const weight = ({ differs, changed }: ComparedAssumption) => (differs ? 0 : changed === "neither" ? 2 : 1);
  return rows.sort((one, other) => weight(one) - weight(other));
}

function assumptionLines(rows: readonly ComparedAssumption[]): string[] {
  const text = (value: unknown) => valueLines(value).join("; ");
  const shown = rows.filter(({ differs, changed }) => differs || changed !== "neither");
  const lines = shown.map(({ name, a, b, default: usual, source, changed, differs }) => {
    const values = differs ? `${text(a)} → ${text(b)}` : `${text(a)} in both`;
    return `  ${name.padEnd(26)} ${values}  (default ${text(usual)}, changed in ${changed}; source: ${source})`;
  });
  const count = rows.filter(({ differs }) => differs).length;
  return [
    `Assumptions that differ: ${count} of ${rows.length}`,
    ...lines,
    `  ${plural(rows.length - shown.length, "other is", "others are")} at the default in both; --json has all`,
  ];
}

/** Ordered by year, then metric. */
export function differencesOf(left: Metrics, right: Metrics): MetricDifference[] {
  const years = unionOf(Object.keys(left), Object.keys(right));
  const names = unionOf(...[...Object.values(left), ...Object.values(right)].map((of) => Object.keys(of)));
  return names.flatMap((metric) =>
    years.flatMap((year) => {
      const [a, b] = [left[year]?.[metric] ?? null, right[year]?.[metric] ?? null];
      if (a === b) return [];
      const difference = a === null || b === null ? null : subtract(b, a);
      return [{ metric, year: Number(year), a, b, difference }];
    }),
  );
}

async function metricsOf(side: ComparedRun): Promise<Metrics> {
  const report = (await side.output("report")) as { readonly metrics?: Metrics } | null;
  if (report?.metrics !== undefined) return report.metrics;
  const metrics: Record<string, Record<string, string>> = {};
  for (const { name } of side.run.stages.filter((stage) => /^year-\d{4}$/.test(stage.name))) {
    const year = (await side.output(name)) as { year: number; headcount: number; payroll: string } | null;
    if (year !== null)
      metrics[String(year.year)] = { headcount_end: `${year.headcount}.000000`, payroll: `${year.payroll}0000` };
  }
  return metrics;
}

function linesOf(differences: readonly MetricDifference[], years: number): string[] {
  if (differences.length === 0) return [`The figures of ${plural(years, "year")} are the same.`];
  const shown = differences.slice(0, LINES_MAX).map(({ metric, year, a, b, difference }) => {
    const change = difference === null ? "only in one" : `${difference.startsWith("-") ? "" : "+"}${plain(difference)}`;
    return `  ${metric.padEnd(24)} ${year}  ${plain(a).padStart(18)} → ${plain(b).padStart(18)}  ${change}${share(a, difference)}`;
  });
  const rest = differences.length - shown.length;
  return [
    `Figures that differ: ${differences.length}`,
    ...shown,
    ...(rest > 0 ? [`  … and ${rest} more; --json has all`] : []),
  ];
}

function share(a: string | null, difference: string | null): string {
  if (a === null || difference === null || Number(a) === 0) return "";
  return `  (${((Number(difference) / Number(a)) * 100).toFixed(2)} %)`;
}

/** Returns a number without trailing zeros of its six decimals. */
function plain(text: string | null): string {
  return text === null ? "-" : text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** Subtracts exactly; figures have six decimals. */
function subtract(b: string, a: string): string {
  const units = (text: string) => parseUnits(text, 6) ?? 0n;
  return unitsText(units(b) - units(a), 6);
}

function unionOf(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}
