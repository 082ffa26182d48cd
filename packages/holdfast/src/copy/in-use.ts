/** Who still works on a store: a copy of what changes meanwhile would be no copy. */
import { type Holder, type Store, StoreInUseError } from "@holdfast/core";
import { currentHolder, isProvenDead } from "@holdfast/engine";

/** Workers report every few seconds; one of another host that said nothing for so long is gone. */
const SILENT_MS = 30_000;
const PAGE_COUNT = 500;

/** @throws {StoreInUseError} STORE_IN_USE — naming the workers that are alive, and the runs that are held. */
export async function refuseInUse(store: Store): Promise<void> {
  const self = currentHolder();
  const isAlive = (holder: Holder, silentForMs: number) => silentForMs < SILENT_MS && !isProvenDead(holder, self);
  const workers = (await store.listWorkers())
    .filter(({ holder, silentForMs }) => isAlive(holder, silentForMs))
    .map(({ holder }) => `worker ${wordHolder(holder)}`);
  const runs: string[] = [];
  const holding: string[] = [];
  for (let after: Parameters<Store["listRunning"]>[0]["after"] = null; ; ) {
    const page = await store.listRunning({ after, limit: PAGE_COUNT });
    for (const { lease } of page) {
      if (lease.isExpired || isProvenDead(lease.holderIdentity, self)) continue;
      runs.push(lease.runId);
      holding.push(`run ${lease.runId} held by ${wordHolder(lease.holderIdentity)}`);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_COUNT) break;
    after = last.lease.runId;
  }
  const names = [...workers, ...holding];
  if (names.length > 0) {
    throw new StoreInUseError({ location: store.location, runs: runs.slice(0, 20), workers: names.slice(0, 20) });
  }
}

const wordHolder = ({ name, host, pid }: Holder) => `${name} (host ${host}, pid ${pid})`;
