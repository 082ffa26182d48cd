/**
 * The keys of `--only=@file` against what a run's maps have: items with a result, items without one that their dataset
 * has, and keys that are of no item. An unfinished map over an iterable cannot tell the last two apart before it is walked.
 */
import { type MapState, type RunId, type Store, WrongUseError } from "@holdfast/core";

export interface ListedKeys {
  /** By map: how many of its items they are, or may be, and how many of these have a result. */
  readonly byMap: ReadonlyMap<string, { readonly items: number; readonly withResult: number }>;
  /** Of no item of any map. */
  readonly unknown: readonly string[];
}

const PAGE_COUNT = 500;

export async function sortListedKeys(
  store: Store,
  runId: RunId,
  maps: readonly MapState[],
  keys: readonly string[],
): Promise<ListedKeys> {
  const byMap = new Map<string, { items: number; withResult: number }>();
  const unknown = new Set(maps.length === 0 ? [] : keys);
  for (const map of maps) {
    const counts = { items: 0, withResult: 0 };
    for (let at = 0; at < keys.length; at += PAGE_COUNT) {
      const page = keys.slice(at, at + PAGE_COUNT);
      const results = new Set((await store.findItems(runId, map.stage, page)).map(({ key }) => key));
      const open = await openKeysOf(
        store,
        map,
        page.filter((key) => !results.has(key)),
      );
      counts.withResult += results.size;
      counts.items += results.size + open.length;
      for (const key of [...results, ...open]) unknown.delete(key);
    }
    byMap.set(map.stage, counts);
  }
  return { byMap, unknown: [...unknown] };
}

/** Why a list of keys is refused: none of them is of an item of this run. Null where it is not. */
export function refuseKeys(runId: RunId, keys: readonly string[], { unknown }: ListedKeys): WrongUseError | null {
  if (keys.length === 0 || unknown.length < keys.length) return null;
  const what = keys.length === 1 ? "the listed key" : `any of the ${keys.length} listed keys`;
  return new WrongUseError({
    problem: `Run ${runId} has no item with ${what}; the first is ${JSON.stringify(keys[0])}.`,
  });
}

/** Those of these keys without a result that are of items of the map's dataset; all of them where nobody can tell. */
async function openKeysOf(store: Store, map: MapState, keys: readonly string[]): Promise<readonly string[]> {
  const isComplete = map.total !== null && map.okCount + map.errorCount >= map.total;
  if (keys.length === 0 || isComplete) return [];
  // "<content>[/<part>,…][/<limit>]", as the source says it.
  const [content = "", parts] = map.sourceDigest.split("/");
  const dataset = (await store.listDatasets()).find(({ contentSha256 }) => contentSha256 === content);
  if (dataset === undefined) return keys;
  // Digits alone may be a part or a limit: then a key is looked for either way.
  const isPlain = parts === undefined || /^\d+$/.test(parts);
  const names = new Set(parts?.split(","));
  const rowsOf = new Map<string, string[]>();
  for (const key of keys) {
    const cut = key.lastIndexOf(":");
    const isOfPart = cut > 0 && names.has(key.slice(cut + 1));
    rowsOf.set(key, [...(isPlain ? [key] : []), ...(isOfPart ? [key.slice(0, cut)] : [])]);
  }
  const rows = await store.findRows(dataset.name, content, [...new Set([...rowsOf.values()].flat())]);
  return keys.filter((key) => rowsOf.get(key)?.some((row) => rows.has(row)));
}
