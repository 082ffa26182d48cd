/** Workers as they report themselves: what a living one is, and the report that keeps it among the living. */
import { HoldfastError, RECOVERY_DEFAULTS, type WorkerRecord, type WorkerReport } from "@holdfast/core";

import type { ExecutorDeps } from "../run/deps.js";
import { isLasting } from "../run/store-trouble.js";

/** A worker, with whether it is dead: proven, or silent for longer than 30 s. */
export type WorkerView = WorkerRecord & {
  /** Proven dead, or silent for longer than 30 s. */
  readonly isDead: boolean;
};

/** What an open Holdfast has of it. */
interface HasDeps {
  readonly deps: ExecutorDeps;
}

/** Five reports may be lost, as with the beats of a lease. */
const SILENT_AFTER_MS = RECOVERY_DEFAULTS.stallAfterMs;

/** Newest report first. */
export async function listWorkers({ deps }: HasDeps): Promise<readonly WorkerView[]> {
  const { store, isProvenDead } = deps;
  return (await store.listWorkers()).map((worker) => ({
    ...worker,
    isDead: worker.silentForMs > SILENT_AFTER_MS || isProvenDead(worker.holder),
  }));
}

/** The living, for judging: who takes which workflows, and who supervises. */
export async function listLivingWorkers({ deps }: HasDeps): Promise<readonly WorkerRecord[]> {
  return (await listWorkers({ deps })).filter(({ isDead }) => !isDead);
}

/**
 * A worker's own name, for its report and its leases: the first of a process has the process's name, others that work at the
 * same time "name-2", "name-3". Under one name they would share a row, and the first to stop would take it away.
 */
export function takeName<E extends HasDeps & { readonly workerNames: Set<string> }>(
  shared: E,
): { readonly opened: E; release(): void } {
  const { workerNames, deps } = shared;
  const base = deps.holder.name;
  let name = base;
  for (let number = 2; workerNames.has(name); number++) name = `${base}-${number}`;
  workerNames.add(name);
  return {
    opened: { ...shared, deps: { ...deps, holder: { ...deps.holder, name } } },
    release: () => void workerNames.delete(name),
  };
}

/** Report until the signal aborts; then take the row away. A report that fails is made up for by the next. */
export async function keepReporting(
  { deps }: HasDeps,
  reportNow: () => WorkerReport,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, reportMs, holder } = deps;
  while (!signal.aborted) {
    await tolerate(() => store.reportWorker(reportNow()));
    await clock.sleep(reportMs, signal);
  }
  await tolerate(() => store.removeWorker(holder));
}

/** Trouble of the store that may pass is no reason to end; what stays, and a defect, is. */
async function tolerate(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof HoldfastError) || isLasting(error)) throw error;
  }
}
