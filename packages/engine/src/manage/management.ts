/** `holdfast.management`: what an operator does and looks at. */
import { isRunId } from "@holdfast/core";
import type { Engine } from "../operate/engine.js";
import { AUDIT, CLEANUP, checkOptions, DENIED, HEALTH, RECOVER, STATS, TIMEOUTS } from "../operate/option-names.js";
import { cleanUp } from "./cleanup.js";
import type { Management } from "./facade.js";
import { healthOfActive } from "./health.js";
import { recover } from "./recover.js";
import { readStatistics } from "./statistics.js";
import { listWorkers } from "./workers.js";

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
