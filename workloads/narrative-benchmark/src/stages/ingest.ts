// Stage `ingest`: reads the data file once into a dataset, with one row per case. Of each row only the columns that the
// experiment names are kept, under their own names, so that a later check of the file finds the same keys.
import { basename, extname } from "node:path";
import type { DatasetRef, StageContext } from "holdfast";
import type { Columns, Labels } from "../config/schema.js";
import { prepareDataFile } from "../data/data-file.js";
import type { NarrativeBenchmarkInput } from "../input.js";
import { isSynthetic, labelColumn, narrativesOf, type Row, RowError, SYNTHETIC_COLUMN } from "../narratives/items.js";

/** A stored case: the named columns. */
export type CaseRow = Row;

export async function ingestCases(
  stage: StageContext,
  { data, onBadRow }: Pick<NarrativeBenchmarkInput, "data" | "onBadRow">,
): Promise<DatasetRef<CaseRow>> {
  const { signal, log, dataset } = stage;
  const { path, generated } = await prepareDataFile(data, { workingDir: process.cwd() }, { signal });
  if (generated) log(`${path} was not there and has been generated: synthetic or public data, see data.generate`);
  const { columns, labels, sheet } = data;
  return dataset.ingest(datasetName(path), path, {
    key: columns.key,
    schema: caseSchema(columns, labels),
    onBadRow,
    sheet,
  });
}

/** Derives the dataset name: `/data/Narratives 2024.xlsx` gives `Narratives-2024`. */
export function datasetName(path: string): string {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]+/g, "-");
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 128) : `data${name}`.slice(0, 128);
}

/** Checks a row by creating its narratives, and keeps the columns used. A Standard Schema, so that errors name columns. */
function caseSchema(columns: Columns, labels: Labels | undefined) {
  const types = Object.keys(columns.narratives);
  const labelled = types.map((type) => labelColumn(columns, type));
  const names = [...new Set([columns.key, ...Object.values(columns.narratives), ...labelled])];
  return {
    "~standard": {
      version: 1 as const,
      vendor: "narrative-benchmark",
      validate(value: unknown) {
        const row = value as CaseRow;
        try {
          narrativesOf(row, columns, labels);
        } catch (error) {
          if (!(error instanceof RowError)) throw error;
          const { column, problem, cure } = error.details;
          return { issues: [{ message: `${problem} ${cure}`, path: [column] }] };
        }
        const kept = isSynthetic(row) ? [...names, SYNTHETIC_COLUMN] : names;
        return { value: Object.fromEntries(kept.map((name) => [name, row[name] ?? null])) as CaseRow };
      },
      // The engine compares this to determine whether the same file would give the same rows.
      jsonSchema: { input: () => ({ columns }), output: () => ({ columns }) },
    },
  };
}
