/** `holdfast.leases`: who holds what, and the removal of what nobody lives to hold. */
import type { LeaseFacts, RunId } from "@holdfast/core";
import type { Leases } from "../facade.js";
import { recover } from "../manage/recover.js";
import { type Engine, requireRun } from "./engine.js";

const PAGE_COUNT = 200;

export function makeLeases(opened: Engine): Leases {
  return {
    get: async (runId) => (await requireRun(opened, runId)).lease,
    list: () => listLeases(opened),
    clean: async () => (await recover(opened, {}, ["stalled"])).runs.length,
  };
}

async function listLeases(opened: Engine): Promise<readonly (LeaseFacts & { readonly isHolderDead: boolean })[]> {
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
