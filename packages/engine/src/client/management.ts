/** `holdfast.management`: what an operator does and looks at. */
import { isRunId } from "@holdfast/core";
import { cleanUp } from "../manage/cleanup.js";
import type { Management } from "../manage/facade.js";
import { healthOfActive } from "../manage/health.js";
import { recover } from "../manage/recover.js";
import { readStatistics } from "../manage/statistics.js";
import type { Engine } from "../opened/engine.js";
import { listWorkers } from "../opened/workers.js";
import { AUDIT, CLEANUP, checkOptions, DENIED, HEALTH, RECOVER, STATS, TIMEOUTS } from "./option-names.js";

const AUDIT_LIMIT = { default: 100, max: 1_000 } as const;

export function makeManagement(opened: Engine): Management {
  const { store } = opened.deps;
  const management: Management = {
    stats: (query) => readStatistics(opened, query),
    health: (query = {}) => healthOfActive(opened, query),
    recover: (options = {}) => recover(opened, options),
    checkTimeouts: (options = {}) => recover(opened, options, ["idle"]),
    cleanup: (options) => cleanUp(opened, options),
    workers: () => listWorkers(opened),
    audit: ({ limit = AUDIT_LIMIT.default, ...query } = {}) =>
      store.listAudit({ ...query, limit: Math.max(1, Math.min(limit, AUDIT_LIMIT.max)) }),
    recordDenied: ({ runId, reason }) =>
      store.appendAudit({
        stamp: { actor: opened.actor, action: "denied", reason },
        runId: runId !== null && isRunId(runId) ? runId : null,
      }),
  };
  return checkOptions("management.", management, {
    stats: [0, STATS],
    health: [0, HEALTH],
    recover: [0, RECOVER],
    checkTimeouts: [0, TIMEOUTS],
    cleanup: [0, CLEANUP],
    audit: [0, AUDIT],
    recordDenied: [0, DENIED],
  });
}
