/**
 * Items that get a result without a call, since it was paid for before: answers that came after an earlier lease was lost,
 * and results of the run that this one was forked from. Read only: the map records them, a plan counts them.
 */
import type { ItemIntent, ItemRecord, PaidResult, RunId, Store } from "@holdfast/core";
import { formerHash } from "../base/hash.js";
import type { MapIdentity } from "./decide-map.js";
import type { Candidate } from "./selection.js";
import type { SourceItem } from "./source.js";

export interface Adoptable {
  readonly key: string;
  readonly entry: PaidResult;
  readonly intent: ItemIntent;
}

/** Answers that were paid for late: of items without a good result, whose position an open intent tells. */
export async function findAdoptable(
  store: Pick<Store, "listPaid" | "findItems">,
  runId: RunId,
  { stage, configHash }: Pick<MapIdentity, "stage" | "configHash">,
  openIntents: readonly ItemIntent[],
): Promise<readonly Adoptable[]> {
  const paid = await store.listPaid(runId, stage, configHash);
  if (paid.length === 0) return [];
  const entries = new Map(paid.map((entry) => [entry.key, entry]));
  const intents = new Map(openIntents.map((intent) => [intent.key, intent]));
  for (const record of await store.findItems(runId, stage, [...entries.keys()])) {
    if (record.outcome === "ok") entries.delete(record.key);
  }
  return [...entries].flatMap(([key, entry]) => {
    const intent = intents.get(key);
    return intent === undefined ? [] : [{ key, entry, intent }];
  });
}

/** The hashes of one config: as it is hashed now, and as version 1.0 did. */
export function reusableHashes(configHash: string, config: unknown): readonly string[] {
  const former = formerHash(config);
  return former === null ? [configHash] : [configHash, former];
}

/** What a forked run takes over from its origin: results of the same row under the same config. */
export async function splitReusable(
  store: Pick<Store, "findItems">,
  origin: RunId,
  { stage, configHashes }: { readonly stage: string; readonly configHashes: readonly string[] },
  page: readonly Candidate[],
): Promise<{
  readonly open: readonly Candidate[];
  readonly reused: readonly { readonly item: SourceItem; readonly record: ItemRecord }[];
}> {
  const keys = page.filter(({ item }) => item.itemSha256 !== null).map(({ item }) => item.key);
  const found = new Map((await store.findItems(origin, stage, keys)).map((record) => [record.key, record]));
  const open: Candidate[] = [];
  const reused: { item: SourceItem; record: ItemRecord }[] = [];
  for (const candidate of page) {
    const { item } = candidate;
    const record = found.get(item.key);
    const isSame =
      record?.outcome === "ok" && configHashes.includes(record.configHash) && record.itemSha256 === item.itemSha256;
    if (record !== undefined && isSame) reused.push({ item, record });
    else open.push(candidate);
  }
  return { open, reused };
}
