/** How many runs there are and how they went: from the store's counters, so that asking costs the same at any size. */
import {
  DEFAULTED_FIELDS,
  isDuration,
  RECOVERY_DEFAULTS,
  WrongUseError,
  withDefaults,
  wordDuration,
} from "@holdfast/core";
import type { Engine } from "../operate/engine.js";
import type { ManagementConfig, Statistics } from "./facade.js";
import { listLivingWorkers } from "./workers.js";

const WINDOW_MS = 24 * 3_600_000;

export async function readStatistics(
  opened: Engine,
  query: { readonly owner?: string | undefined; readonly windowMs?: number | undefined } = {},
): Promise<Statistics> {
  const { owner, windowMs = WINDOW_MS } = query;
  if (!isDuration(windowMs, 1)) {
    throw new WrongUseError({ problem: `windowMs: ${wordDuration(1)} is expected, ${windowMs} was given.` });
  }
  const { store, clock } = opened.deps;
  const [counts, workers] = await Promise.all([store.countRuns({ windowMs, owner }), listLivingWorkers(opened)]);
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
    config: configOf(opened),
    supervisor: {
      lastScanAt: scans.length === 0 ? null : Math.max(...scans),
      ...supervised,
      workers: workers.filter(({ concurrency }) => concurrency > 0).length,
      supervisors: workers.filter(({ isSupervising }) => isSupervising).length,
    },
  };
}

function configOf(opened: Engine): ManagementConfig {
  const policy = withDefaults({ ...RECOVERY_DEFAULTS, defaulted: DEFAULTED_FIELDS }, opened.recoveryDefaults);
  const { stallAfterMs, maxRecoveries, maxRetries, idleTimeoutMs, idleCheckMs, startTimeoutMs } = policy;
  const { scanMs } = opened.deps;
  const { retention } = opened;
  return { scanMs, stallAfterMs, maxRecoveries, maxRetries, idleTimeoutMs, idleCheckMs, startTimeoutMs, retention };
}
