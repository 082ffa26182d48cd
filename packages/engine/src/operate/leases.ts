/** `holdfast.leases`: who holds what, and the removal of what nobody lives to hold. */
import type { LeaseFacts, RunId } from "@holdfast/core";
import type { Leases, RecoveryView } from "../facade.js";
import { type Opened, requireRun } from "./opened.js";
import { findRecoveries, type RecoveryFinding, recoverAll } from "./supervise.js";

const PAGE_COUNT = 200;

export function makeLeases(opened: Opened): Leases {
  return {
    get: async (runId) => (await requireRun(opened, runId)).lease,
    list: () => listLeases(opened),
    recover: async ({ runId, checkOnly } = {}) => {
      const isAsked = (finding: RecoveryFinding) => runId === undefined || finding.runId === runId;
      const findings =
        checkOnly === true ? await findRecoveries(opened) : await recoverAll(opened, opened.actor, isAsked);
      return findings.filter(isAsked).flatMap(toRecoveryView);
    },
    clean: async () => {
      const stalled = await recoverAll(opened, opened.actor);
      return stalled.filter(({ decision }) => decision.action !== "none").length;
    },
  };
}

async function listLeases(opened: Opened): Promise<readonly (LeaseFacts & { readonly isHolderDead: boolean })[]> {
  const { store, isProvenDead } = opened.deps;
  const leases: (LeaseFacts & { readonly isHolderDead: boolean })[] = [];
  for (let after: RunId | null = null; ; ) {
    const page: readonly { readonly lease: LeaseFacts }[] = await store.listRunning({ after, limit: PAGE_COUNT });
    for (const { lease } of page) leases.push({ ...lease, isHolderDead: isProvenDead(lease.holderIdentity) });
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_COUNT) return leases;
    after = last.lease.runId;
  }
}

function toRecoveryView({ runId, workflow, holder, isHolderDead, decision }: RecoveryFinding): RecoveryView[] {
  if (decision.action === "none") return [];
  return [{ runId, workflow, holder, isHolderDead, action: decision.action, reason: decision.reason }];
}
