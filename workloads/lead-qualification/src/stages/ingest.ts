// Stage `ingest`: the prospects' file becomes a dataset, read once, and the columns that the profile reads are looked for,
// so that a misspelt one is found before anything is judged or paid.
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
  /** Names of the profile to columns of the file, where they differ; absent where none does. */
  readonly names?: ColumnNames;
  /** Rows that were left out; absent where none was. */
  readonly skipped?: readonly SkippedRow[];
}

/**
 * @throws {ProspectColumnError} PROSPECT_COLUMN — the key is no column of the file, and none could be it.
 * @throws {ProfileColumnsError} PROFILE_COLUMNS — a criterion reads a column that no prospect has.
 */
export async function ingestProspects(stage: StageContext, input: LeadQualificationInput): Promise<Ingested> {
  const { prospects: file, onBadRow, sheet, encoding, icp, columns: given = {} } = input;
  const header = await readColumns(file, { sheet, encoding, signal: stage.signal });
  const key = keyColumn(input, header);
  // A column that was asked for as a domain holds some, whatever it is called.
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

/** Of a .jsonl each row has its own columns; elsewhere the header has them all. */
async function columnsOfAll(
  stage: StageContext,
  prospects: DatasetRef<ProspectRow>,
  first: readonly string[],
): Promise<readonly string[]> {
  const found = new Set(first);
  for await (const { row } of stage.rows(prospects)) for (const column of Object.keys(row)) found.add(column);
  return [...found];
}

/** Those that no column could be; `names` gets the others where they are called otherwise. */
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

/** `/data/Prospects 2026.xlsx` is the dataset `Prospects-2026`. */
export function datasetName(path: string): string {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]+/g, "-");
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 128) : `prospects${name}`.slice(0, 128);
}
