/**
 * Folders of runs that are gone: their records were removed, and the process ended before their files were.
 *
 * A folder without a record proves nothing: it may be another store's, kept in the same data folder, or a fork's whose outputs
 * are copied before its record is made. Removed is only what the audit of this store says was removed from it, that has no
 * record now, and that nothing was added to for an hour.
 */
import type { AuditAction, RunId } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import type { Leftovers } from "./facade.js";

/** Far longer than between the outputs that a fork copies. */
const QUIET_MS = 3_600_000;
const SHOWN_COUNT = 100;
const REMOVING: readonly AuditAction[] = ["delete", "cleanup"];

export const NO_LEFTOVERS: Leftovers = { count: 0, freedBytes: 0, runIds: [] };

/** Finds them and, unless only asked about them, removes them. */
export async function clearLeftovers(
  opened: Engine,
  how: { readonly checkOnly: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Leftovers> {
  const { artifacts } = opened.deps;
  if (!how.checkOnly) await artifacts.sweep();
  const runIds: string[] = [];
  let count = 0;
  let freedBytes = 0;
  for (const runId of await artifacts.listRuns()) {
    if (how.signal?.aborted) break;
    if (!(await isLeftover(opened, runId))) continue;
    freedBytes += await artifacts.sizeOfRun(runId);
    if (!how.checkOnly) await artifacts.deleteRun(runId);
    count += 1;
    if (runIds.length < SHOWN_COUNT) runIds.push(runId);
  }
  return { count, freedBytes, runIds };
}

async function isLeftover({ deps }: Engine, runId: RunId): Promise<boolean> {
  const { store, artifacts, clock } = deps;
  if (!(await wasRemoved(deps, runId))) return false;
  const changedAt = await artifacts.changedAt(runId);
  if (changedAt === null || clock.nowMs() - changedAt < QUIET_MS) return false;
  // Last, and so after the quiet hour was seen: whoever takes the id anew has made its record before its files, or has
  // just added to them.
  return (await store.getRun(runId)) === null;
}

async function wasRemoved({ store }: Engine["deps"], runId: RunId): Promise<boolean> {
  for (const action of REMOVING) {
    if ((await store.listAudit({ runId, action, limit: 1 })).rows.length > 0) return true;
  }
  return false;
}
