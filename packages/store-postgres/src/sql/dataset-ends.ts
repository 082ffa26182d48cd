/**
 * Removing versions of datasets, and who stands in the way. Removing takes the version's row, so that it is gone for every
 * reader at once; its number goes into `dataset_purge`, and `deleteRemovedRows` takes the rows in short transactions.
 */
import { type DatasetRemovalRequest, isFinished } from "@holdfast/core";
import type { DatasetRecordRow, DatasetUserRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { flatMapInOrder } from "../in-order.js";
import { auditStore } from "./control.js";
import { COLUMNS } from "./datasets.js";

/** Enough to see what is to be done first. */
const USERS_TOLD_MAX = 20;

/** In the current generation: what an earlier one read is not read again. */
export async function listDatasetUsers(
  ctx: SqlContext,
  name: string,
  contentSha256: string | null,
  limit: number | null,
): Promise<DatasetUserRow[]> {
  return await ctx.all<DatasetUserRow>(
    `SELECT DISTINCT u.run_k, r.run_id, w.name AS workflow, u.content_sha256,
            coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'paused' ELSE 'waiting' END) AS status
       FROM dataset_use u JOIN run r USING (run_k) LEFT JOIN run_live l USING (run_k) JOIN workflow w ON w.workflow_k = r.workflow_k
      WHERE u.name = ?1 AND (?2::text IS NULL OR u.content_sha256 = ?2) AND u.generation = coalesce(l.generation, r.generation)
      ORDER BY u.run_k LIMIT ?3`,
    name,
    contentSha256,
    limit,
  );
}

export type RemoveResult =
  | { readonly kind: "removed"; readonly versions: readonly DatasetRecordRow[] }
  | { readonly kind: "inUse"; readonly runs: readonly DatasetUserRow[] }
  | { readonly kind: "notFound" };

export async function removeDataset(
  ctx: SqlContext,
  { name, version, isUnusedOnly = false, audit }: DatasetRemovalRequest,
): Promise<RemoveResult> {
  const all = await ctx.all<DatasetRecordRow>(
    `SELECT ${COLUMNS} FROM dataset WHERE name = ? AND version IS NOT NULL ORDER BY version FOR UPDATE`,
    name,
  );
  const listed = all.filter((one) => one.version > 0 && (version === null || one.version === version));
  const [first] = listed;
  if (first === undefined && !(version === null && all.length > 0)) return { kind: "notFound" };
  // The rows of a version as other schemas gave them go with it, unless another version stays that has the same file.
  const stays = (sha256: string) =>
    all.some((one) => one.version > 0 && one.file_sha256 === sha256 && !listed.includes(one));
  const readings = all.filter((one) => one.version < 0 && (version === null || isReadingOf(one, listed)));
  const going = [...listed, ...readings.filter((one) => version === null || !stays(one.file_sha256))];
  const users = await flatMapInOrder(going, (one) => usersOf(ctx, one, all, going, isUnusedOnly));
  if (users.length > 0) return { kind: "inUse", runs: users.slice(0, USERS_TOLD_MAX) };
  for (const { dataset_k } of going) {
    await ctx.run("DELETE FROM dataset WHERE dataset_k = ?", dataset_k);
    await ctx.run("INSERT INTO dataset_purge (dataset_k) VALUES (?)", dataset_k);
  }
  if (audit !== null) {
    const which = version === null ? "all versions" : `version ${version}`;
    await auditStore(ctx, audit, `dataset ${name}, ${which}`);
  }
  return { kind: "removed", versions: listed };
}

const isReadingOf = (reading: DatasetRecordRow, versions: readonly DatasetRecordRow[]) =>
  versions.some((one) => one.file_sha256 === reading.file_sha256);

/** Runs that would miss it: a content that another version keeps is missed by nobody. */
async function usersOf(
  ctx: SqlContext,
  { name, content_sha256 }: DatasetRecordRow,
  all: readonly DatasetRecordRow[],
  going: readonly DatasetRecordRow[],
  isUnusedOnly: boolean,
): Promise<DatasetUserRow[]> {
  const isKept = all.some((one) => one.content_sha256 === content_sha256 && !going.includes(one));
  if (isKept) return [];
  const users = await listDatasetUsers(ctx, name, content_sha256, null);
  return isUnusedOnly ? users : users.filter(({ status }) => !isFinished(status));
}
