/** How many runs there are and how they went: from the store's counters, so that asking costs the same at any size. */
import {
  COUNT_GROUPINGS,
  DEFAULTED_FIELDS,
  isDuration,
  RECOVERY_DEFAULTS,
  WrongUseError,
  withDefaults,
  wordDuration,
} from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import { listLivingWorkers } from "../opened/workers.js";
import type { ManagementConfig, Statistics, StatisticsQuery } from "./facade.js";

const WINDOW_MS = 24 * 3_600_000;

export async function readStatistics(opened: Engine, query: StatisticsQuery = {}): Promise<Statistics> {
  const { owner, workflow, tag, windowMs = WINDOW_MS, groupBy } = query;
  for (const by of groupBy ?? []) {
    if (COUNT_GROUPINGS.includes(by)) continue;
    throw new WrongUseError({ problem: `groupBy: workflow or owner is expected, ${String(by)} was given.` });
  }
  if (!isDuration(windowMs, 1)) {
    throw new WrongUseError({ problem: `windowMs: ${wordDuration(1)} is expected, ${windowMs} was given.` });
  }
  const { store, clock } = opened.deps;
  const [counts, workers] = await Promise.all([
    store.countRuns({ windowMs, owner, workflow, tag, groupBy }),
    listLivingWorkers(opened),
  ]);
  const { active, recent, supervised } = counts;
  const ended = recent.completed + recent.failed;
  const scans = workers.flatMap(({ isSupervising, lastScanAt }) =>
    isSupervising && lastScanAt !== null ? lastScanAt : [],
  );
  return {
    asOf: clock.nowMs(),
    active,
    recent: { windowMs, ...recent },
    successRate: ended === 0 ? null : recent.completed / ended,
    ...(groupBy === undefined || groupBy.length === 0 ? {} : { groups: counts.groups }),
    config: configOf(opened, workflow),
    supervisor: {
      lastScanAt: scans.length === 0 ? null : Math.max(...scans),
      ...supervised,
      workers: workers.filter(({ concurrency }) => concurrency > 0).length,
      supervisors: workers.filter(({ isSupervising }) => isSupervising).length,
    },
  };
}

/** The defaults in force, or what a workflow's own policy makes of them. */
function configOf(opened: Engine, workflow: string | undefined): ManagementConfig {
  const own = workflow === undefined ? undefined : opened.workflows.get(workflow)?.policy;
  const policy = withDefaults(own ?? { ...RECOVERY_DEFAULTS, defaulted: DEFAULTED_FIELDS }, opened.recoveryDefaults);
  const { stallAfterMs, maxRecoveries, maxRetries, idleTimeoutMs, idleCheckMs, startTimeoutMs } = policy;
  const { scanMs } = opened.deps;
  const { retention } = opened;
  return { scanMs, stallAfterMs, maxRecoveries, maxRetries, idleTimeoutMs, idleCheckMs, startTimeoutMs, retention };
}
