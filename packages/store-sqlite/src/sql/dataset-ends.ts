/**
 * Removing versions of datasets, and who stands in the way. Removing takes the version's row, so that it is gone for every
 * reader at once; its number goes into `dataset_purge`, and `deleteRemovedRows` takes the rows in short transactions.
 */
import { type DatasetRemovalRequest, type DatasetStore, isFinished } from "@holdfast/core";
import type { DatasetRecordRow, DatasetUserRow } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { auditStore } from "./control.js";
import { COLUMNS } from "./datasets.js";

/** Enough to see what is to be done first. */
const USERS_TOLD_MAX = 20;

/** In the current generation: what an earlier one read is not read again. */
export function listDatasetUsers(
  ctx: SqlContext,
  name: string,
  { contentSha256, limit }: Parameters<DatasetStore["listDatasetUsers"]>[1],
): DatasetUserRow[] {
  return ctx.all<DatasetUserRow>(
    `SELECT DISTINCT r.run_id, w.name AS workflow, u.content_sha256,
            coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'paused' ELSE 'waiting' END) AS status
       FROM dataset_use u JOIN run r USING (run_k) LEFT JOIN run_live l USING (run_k) JOIN workflow w ON w.workflow_k = r.workflow_k
      WHERE u.name = ?1 AND (?2 IS NULL OR u.content_sha256 = ?2) AND u.generation = coalesce(l.generation, r.generation)
      ORDER BY u.run_k LIMIT ?3`,
    name,
    contentSha256 ?? null,
    limit,
  );
}

export type RemoveResult =
  | { readonly kind: "removed"; readonly versions: readonly DatasetRecordRow[] }
  | { readonly kind: "inUse"; readonly runs: readonly DatasetUserRow[] }
  | { readonly kind: "notFound" };

export function removeDataset(ctx: SqlContext, request: DatasetRemovalRequest): RemoveResult {
  const { name, version, isUnusedOnly = false, audit } = request;
  const all = ctx.all<DatasetRecordRow>(
    `SELECT ${COLUMNS} FROM dataset WHERE name = ? AND version IS NOT NULL ORDER BY version`,
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
  const users = going.flatMap((one) => usersOf(ctx, one, all, going, isUnusedOnly)).slice(0, USERS_TOLD_MAX);
  if (users.length > 0) return { kind: "inUse", runs: users };
  for (const { dataset_k } of going) {
    ctx.run("DELETE FROM dataset WHERE dataset_k = ?", dataset_k);
    ctx.run("INSERT INTO dataset_purge (dataset_k) VALUES (?)", dataset_k);
  }
  if (audit !== null) {
    const which = version === null ? "all versions" : `version ${version}`;
    auditStore(ctx, audit, `dataset ${name}, ${which}`);
  }
  return { kind: "removed", versions: listed };
}

const isReadingOf = (reading: DatasetRecordRow, versions: readonly DatasetRecordRow[]) =>
  versions.some((one) => one.file_sha256 === reading.file_sha256);

/** Runs that would miss it: a content that another version keeps is missed by nobody. */
function usersOf(
  ctx: SqlContext,
  { name, content_sha256 }: DatasetRecordRow,
  all: readonly DatasetRecordRow[],
  going: readonly DatasetRecordRow[],
  isUnusedOnly: boolean,
): DatasetUserRow[] {
  const isKept = all.some((one) => one.content_sha256 === content_sha256 && !going.includes(one));
  if (isKept) return [];
  const users = listDatasetUsers(ctx, name, { contentSha256: content_sha256, limit: -1 });
  return isUnusedOnly ? users : users.filter(({ status }) => !isFinished(status));
}
