/**
 * Keys that were erased from the datasets that a run reads: its maps take no item of them, whatever iterable still gives it.
 * A dataset itself has no such rows any more.
 */
import { DatasetNotFoundError, type RunId, type Store } from "@holdfast/core";

/** Those of the keys that were erased, each with the word that stands in its place. */
export type ErasedKeys = (keys: readonly string[]) => Promise<ReadonlyMap<string, string>>;

type Reading = Pick<Store, "listDatasetUses" | "countErased" | "findErased">;

/** Null where nothing was erased: then nobody needs to ask about every page. */
export async function erasedKeysOf(store: Reading, runId: RunId): Promise<ErasedKeys | null> {
  const names = [...new Set((await store.listDatasetUses(runId)).map(({ name }) => name))];
  const counts = await Promise.all(names.map((name) => store.countErased(name)));
  const some = names.filter((_, place) => (counts[place] ?? 0) > 0);
  return some.length === 0 ? null : (keys) => store.findErased(some, keys);
}

/** Words of `findErased`: an item of that key was erased, and is neither new nor gone. */
export const isErasedWord = (key: string) => /^erased-[0-9a-f]{16}$/.test(key);

/** @throws {DatasetNotFoundError} DATASET_NOT_FOUND — the version was deleted since the run read it. */
export async function requireVersion(
  store: Pick<Store, "getDataset">,
  dataset: { readonly name: string; readonly digest: string },
): Promise<{ readonly erasedCount: number }> {
  const found = await store.getDataset(dataset.name, dataset.digest);
  if (found === null) throw new DatasetNotFoundError({ dataset: dataset.name, content: dataset.digest });
  return found;
}
