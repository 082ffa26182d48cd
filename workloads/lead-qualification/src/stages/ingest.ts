// Stage `ingest`: the prospects' file becomes a dataset, read once, and the columns that the profile reads are looked for,
// so that a misspelt one is found before anything is judged or paid.
import { basename, extname } from "node:path";
import { nearestKey } from "@holdfast/workload-kit";
import type { DatasetRef, StageContext } from "holdfast";
import { type MissingColumn, ProfileColumnsError } from "../errors.js";
import type { LeadQualificationInput, RunProfile } from "../input.js";
import { fieldsOf } from "../profile/schema.js";
import { type ProspectRow, prospectSchema } from "../prospect/row.js";

export interface Ingested {
  readonly prospects: DatasetRef<ProspectRow>;
  readonly columns: readonly string[];
}

/** @throws {ProfileColumnsError} PROFILE_COLUMNS — a criterion reads a column that no prospect has. */
export async function ingestProspects(
  stage: StageContext,
  { prospects: file, key, onBadRow, sheet, icp, company }: LeadQualificationInput,
): Promise<Ingested> {
  const schema = prospectSchema(key);
  const prospects = await stage.dataset.ingest<ProspectRow>(datasetName(file), file, { key, schema, onBadRow, sheet });
  const found = new Set<string>();
  for await (const { row } of stage.rows(prospects)) {
    for (const column of Object.keys(row)) found.add(column);
    // Of a .jsonl each row has its own columns; elsewhere the first has them all.
    if (!/\.jsonl$/i.test(file)) break;
  }
  const columns = [...found];
  // A file without rows has no columns to speak of, and nothing to judge.
  const missing = prospects.rows === 0 ? [] : missingColumns(icp, found);
  if (missing.length > 0) throw new ProfileColumnsError({ prospects: file, missing, columns });
  if (!found.has(company))
    stage.log(`no column "${company}": prospects are named by their key; --company names another`);
  return { prospects, columns };
}

function missingColumns({ file, lines, profile }: RunProfile, columns: ReadonlySet<string>): MissingColumn[] {
  return profile.criteria.flatMap((criterion) => {
    const { id } = criterion;
    const place = file === null ? `icp.criteria.${id}` : `${file}:${lines[id] ?? 1}`;
    return fieldsOf(criterion)
      .filter((column) => !columns.has(column))
      .map((column) => ({ criterion: id, column, place, suggestion: nearestKey(column, [...columns]) ?? null }));
  });
}

/** `/data/Prospects 2026.xlsx` is the dataset `Prospects-2026`. */
export function datasetName(path: string): string {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]+/g, "-");
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 128) : `prospects${name}`.slice(0, 128);
}
