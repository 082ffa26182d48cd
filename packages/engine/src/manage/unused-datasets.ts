/**
 * Versions of datasets that no run needs: they go with retention and cleanup once they are as old as the runs that go. Runs of
 * any state count, as long as they have a record: a version goes with the last run that read it, or was never read.
 */
import { createHash } from "node:crypto";
import type { AuditStamp, DatasetRecord } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import type { CleanedDatasets } from "./facade.js";

const USERS_MAX = 10_000;
const SHOWN_COUNT = 100;

export const NO_DATASETS: CleanedDatasets = { count: 0, rows: 0, versions: [] };

export class UnusedDatasets {
  private constructor(private readonly needed: ReadonlyMap<DatasetRecord, Set<string>>) {}

  /** Those ingested so long ago, with the runs that stand in their way. */
  static async find(opened: Engine, olderThanMs: number): Promise<UnusedDatasets> {
    const { store, clock } = opened.deps;
    const until = clock.nowMs() - olderThanMs;
    const needed = new Map<DatasetRecord, Set<string>>();
    for (const record of await store.listDatasets()) {
      // At an age of 0 also what a clock that was set back has dated in the future.
      if (olderThanMs > 0 && record.ingestedAt > until) continue;
      const { name, contentSha256 } = record;
      const users = await store.listDatasetUsers(name, { contentSha256, limit: USERS_MAX });
      if (users.length < USERS_MAX) needed.set(record, new Set(users.map(({ runId }) => runId)));
    }
    return new UnusedDatasets(needed);
  }

  /** A run that would be removed needs nothing any more. */
  runGoes(runId: string): void {
    for (const runs of this.needed.values()) runs.delete(runId);
  }

  get versions(): readonly DatasetRecord[] {
    return [...this.needed].filter(([, runs]) => runs.size === 0).map(([record]) => record);
  }

  /** A part of a plan's id; empty where none goes. */
  get planPart(): string {
    const { versions } = this;
    if (versions.length === 0) return "";
    const names = versions.map(({ name, version, ingestedAt }) => `${name} ${version} ${ingestedAt}`).join("\n");
    return `-${createHash("sha256").update(names).digest("hex").slice(0, 16)}`;
  }
}

/** Asked again in each removal: a run that began to read one meanwhile keeps it. */
export async function removeUnused(
  opened: Engine,
  versions: readonly DatasetRecord[],
  audit: AuditStamp,
): Promise<readonly DatasetRecord[]> {
  const removed: DatasetRecord[] = [];
  for (const { name, version } of versions) {
    const outcome = await opened.deps.store.removeDataset({ name, version, isUnusedOnly: true, audit });
    if (outcome.kind === "removed") removed.push(...outcome.versions);
  }
  return removed;
}

export function toCleaned(versions: readonly DatasetRecord[]): CleanedDatasets {
  return {
    count: versions.length,
    rows: versions.reduce((sum, { rowCount, erasedCount }) => sum + rowCount - erasedCount, 0),
    versions: versions.slice(0, SHOWN_COUNT).map(({ name, version, rowCount }) => ({ name, version, rowCount })),
  };
}
