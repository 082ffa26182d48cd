/**
 * Keys of a map's items by position, cached until the map changes. Used to inspect a cell of the overview or to select a range
 * of it.
 */
import type { Holdfast } from "@holdfast/engine";

/** Results of a map that are looked through: a key of 40 characters takes about 100 bytes, so 20 MB at the most. */
export const RESULTS_MAX = 200_000;
/** As many as a plan takes. */
const KEYS_MAX = 10_000;
/** Maps whose places are kept. */
const KEPT_MAX = 4;
const MESSAGE_LENGTH_MAX = 400;

type Runs = Pick<Holdfast["runs"], "itemStates" | "items">;
type MapView = Awaited<ReturnType<Holdfast["runs"]["maps"]>>[number];
type Run = Awaited<ReturnType<Holdfast["runs"]["summary"]>>;

interface Places {
  /** In their own order, which is that of pages of results. */
  readonly keys: readonly string[];
  readonly isFailed: readonly boolean[];
  /** Where in `keys` the item of a position is; positions without a result are missing. */
  readonly at: ReadonlyMap<number, number>;
  readonly isWhole: boolean;
}

export class ItemPlaces {
  private readonly made = new Map<string, { readonly version: string; readonly places: Promise<Places> }>();

  constructor(private readonly runs: Runs) {}

  async rangeOf(run: Run, map: MapView | null, from: number, to: number) {
    const nothing = { done: 0, failed: 0, open: 0, keys: [], failedKeys: [], isWhole: true, item: null };
    if (map === null) return { stage: "", from, to, ...nothing };
    const { keys, isFailed, at, isWhole } = await this.of(run, map);
    const last = Math.min(to, Math.max(map.total ?? 0, at.size) - 1);
    const found: number[] = [];
    for (let position = from; position <= last; position++) {
      const place = at.get(position);
      if (place !== undefined) found.push(place);
    }
    const failed = found.filter((place) => isFailed[place]);
    const told = (places: readonly number[]) => places.slice(0, KEYS_MAX).map((place) => keys[place] ?? "");
    const [only] = found;
    return {
      stage: map.stage,
      from,
      to,
      done: found.length - failed.length,
      failed: failed.length,
      open: Math.max(0, last - from + 1 - found.length),
      keys: told(found),
      failedKeys: told(failed),
      isWhole: isWhole && found.length <= KEYS_MAX,
      item: from === to && only !== undefined ? await this.itemAt(map, keys, only) : null,
    };
  }

  /** A page of one, after the key before it. */
  private async itemAt(map: MapView, keys: readonly string[], place: number) {
    const cursor = place === 0 ? undefined : keys[place - 1];
    const { rows } = await this.runs.items(map.runId, map.stage, { cursor, limit: 1 });
    const [item] = rows;
    // Another result came between.
    if (item === undefined || item.key !== keys[place]) return null;
    const { key, label, outcome, attempts, costUsd, finishedAt } = item;
    const [category, message] = item.outcome === "error" ? [item.category, item.error.message] : [null, null];
    return {
      key,
      label,
      outcome,
      category,
      message: message?.slice(0, MESSAGE_LENGTH_MAX) ?? null,
      attempts,
      costUsd,
      finishedAt,
    };
  }

  private of(run: Run, map: MapView): Promise<Places> {
    const key = `${map.runId} ${map.stage}`;
    const version = [map.ok, map.failed, map.total, map.startedAt, run.generation].join(" ");
    const found = this.made.get(key);
    if (found?.version === version) return found.places;
    const places = readPlaces(this.runs, map);
    this.made.delete(key);
    this.made.set(key, { version, places });
    places.catch(() => this.made.delete(key));
    for (const oldest of this.made.keys()) {
      if (this.made.size <= KEPT_MAX) break;
      this.made.delete(oldest);
    }
    return places;
  }
}

async function readPlaces(runs: Runs, map: MapView): Promise<Places> {
  const keys: string[] = [];
  const isFailed: boolean[] = [];
  const at = new Map<number, number>();
  let cursor: string | undefined;
  do {
    const page = await runs.itemStates(map.runId, map.stage, { cursor });
    for (const { key, index, outcome } of page.rows) {
      at.set(index, keys.length);
      keys.push(key);
      isFailed.push(outcome === "error");
    }
    cursor = page.next ?? undefined;
    // Whoever else asks is answered between two pages.
    await new Promise(setImmediate);
  } while (cursor !== undefined && keys.length < RESULTS_MAX);
  return { keys, isFailed, at, isWhole: cursor === undefined };
}
