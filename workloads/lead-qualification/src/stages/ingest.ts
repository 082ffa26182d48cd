// Stage `ingest`: reads the prospects' file once into a dataset, and finds the columns that the profile reads, so that
// a misspelled one is reported before anything is judged or paid for.
import { basename, extname } from "node:path";
import type { DatasetRef, StageContext } from "holdfast";
import { readColumns } from "holdfast/extend";
import { type MissingColumn, ProfileColumnsError, ProspectColumnError } from "../errors.js";
import type { SkippedRow } from "../export/write.js";
import type { LeadQualificationInput, RunProfile } from "../input.js";
import { fieldsOf } from "../profile/schema.js";
import { type ColumnNames, findColumn } from "../prospect/columns.js";
import { isDomainColumn } from "../prospect/key.js";
import { type ProspectRow, prospectSchema } from "../prospect/row.js";

export interface Ingested {
  readonly prospects: DatasetRef<ProspectRow>;
  /** In the order of the file. */
  readonly columns: readonly string[];
  /** Maps names of the profile to columns of the file, if they differ; absent if none do. */
  readonly names?: ColumnNames;
  /** Skipped rows; absent if none. */
  readonly skipped?: readonly SkippedRow[];
}

/**
 * Reads the prospects.
 * @throws {ProspectColumnError} PROSPECT_COLUMN if the key is not a column of the file and none could be meant.
 * @throws {ProfileColumnsError} PROFILE_COLUMNS if a criterion reads a column that no prospect has.
 */
export async function ingestProspects(stage: StageContext, input: LeadQualificationInput): Promise<Ingested> {
  const { prospects: file, onBadRow, sheet, encoding, icp, columns: given = {} } = input;
  const header = await readColumns(file, { sheet, encoding, signal: stage.signal });
  const key = keyColumn(input, header);
  // A column requested as a domain contains domains, whatever its name.
  const schema = prospectSchema(key, isDomainColumn(input.key) || isDomainColumn(key));
  const options = { key, schema, onBadRow, sheet, encoding };
  const prospects = await stage.dataset.ingest<ProspectRow>(datasetName(file), file, options);
  const columns = /\.jsonl$/i.test(file) ? await columnsOfAll(stage, prospects, header) : header;
  const names: Record<string, string> = key === input.key ? {} : { [input.key]: key };
  // A file without rows has nothing to judge.
  const missing = prospects.rows === 0 ? [] : missingColumns(icp, columns, given, names);
  if (missing.length > 0) throw new ProfileColumnsError({ prospects: file, missing, columns });
  const company = findColumn(input.company, columns, given);
  if (company.column === null) {
    const hint = company.suggestion === null ? "" : ` (did you mean "${company.suggestion}"?)`;
    stage.log(
      `column "${input.company}" ${company.why}${hint}: prospects are named by their key; --company names another`,
    );
  } else if (company.column !== input.company) names[input.company] = company.column;
  for (const [name, column] of Object.entries(names)) stage.log(`column "${column}" is read as ${name}`);
  const skipped = await stage.dataset.skipped(prospects);
  return {
    prospects,
    columns,
    ...(Object.keys(names).length === 0 ? {} : { names }),
    ...(skipped.length === 0 ? {} : { skipped: [...skipped] }),
  };
}

function keyColumn({ key, columns: given, prospects }: LeadQualificationInput, columns: readonly string[]): string {
  const found = findColumn(key, columns, given);
  if (found.column !== null) return found.column;
  const { why, suggestion } = found;
  throw new ProspectColumnError({ prospects, column: key, why, suggestion, columns, option: "--key" });
}

/** In a .jsonl file each row has its own columns; in other formats the header has all of them. */
async function columnsOfAll(
  stage: StageContext,
  prospects: DatasetRef<ProspectRow>,
  first: readonly string[],
): Promise<readonly string[]> {
  const found = new Set(first);
  for await (const { row } of stage.rows(prospects)) for (const column of Object.keys(row)) found.add(column);
  return [...found];
}

/** Returns the columns for which there is no candidate. Adds those with a different name to `names`. */
function missingColumns(
  { file, lines, profile }: RunProfile,
  columns: readonly string[],
  given: Readonly<Record<string, string>>,
  names: Record<string, string>,
): MissingColumn[] {
  return profile.criteria.flatMap((criterion) => {
    const { id } = criterion;
    const place = file === null ? `icp.criteria.${id}` : `${file}:${lines[id] ?? 1}`;
    return fieldsOf(criterion).flatMap((name) => {
      const found = findColumn(name, columns, given);
      if (found.column === null)
        return [{ criterion: id, column: name, place, suggestion: found.suggestion, why: found.why }];
      if (found.column !== name) names[name] = found.column;
      return [];
    });
  });
}

/** Derives the dataset name: `/data/Prospects 2026.xlsx` gives `Prospects-2026`. */
export function datasetName(path: string): string {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]+/g, "-");
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 128) : `prospects${name}`.slice(0, 128);
}
