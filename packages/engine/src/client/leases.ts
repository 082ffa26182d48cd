/** `holdfast.leases`: who holds what, and the removal of what nobody lives to hold. */
import { isDuration, type LeaseFacts, type RunId, WrongUseError, wordDuration } from "@holdfast/core";
import { isHolderDead } from "../base/identity.js";
import { recover } from "../manage/recover.js";
import { type Engine, requireRun } from "../opened/engine.js";
import { checkOptions, LEASES } from "./option-names.js";
import type { Leases } from "./run-facade.js";

const PAGE_COUNT = 200;

export function makeLeases(opened: Engine): Leases {
  const leases: Leases = {
    get: async (runId) => (await requireRun(opened, runId)).lease,
    list: ({ silentForMs = 0 } = {}) => listLeases(opened, silentForMs),
    clean: async () => (await recover(opened, {}, ["stalled"])).runs.length,
  };
  return checkOptions("leases.", leases, { list: [0, LEASES] });
}

/** @throws {WrongUseError} WRONG_USE */
async function listLeases(
  opened: Engine,
  silentForMs: number,
): Promise<readonly (LeaseFacts & { readonly isHolderDead: boolean })[]> {
  if (!isDuration(silentForMs)) {
    throw new WrongUseError({ problem: `silentForMs: ${wordDuration()} is expected, ${silentForMs} was given.` });
  }
  const { store } = opened.deps;
  const leases: (LeaseFacts & { readonly isHolderDead: boolean })[] = [];
  for (let after: RunId | null = null; ; ) {
    const page: readonly { readonly lease: LeaseFacts }[] = await store.listRunning({ after, limit: PAGE_COUNT });
    for (const { lease } of page) {
      if (lease.silentForMs >= silentForMs) leases.push({ ...lease, isHolderDead: isHolderDead(opened.deps, lease) });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_COUNT) return leases;
    after = last.lease.runId;
  }
}
