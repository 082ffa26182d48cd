// What changed between a dataset that is stored and a file that is offered in its place: counts, and the first keys
// of each kind, without holding either. Pure but for the look-up, which the caller brings.

import { SeenKeys } from "./seen-keys.js";

export interface HashedRow {
  readonly key: string;
  readonly rowSha256: string;
}

export interface RowDiffInput {
  /** The new rows; keys must be unique, as `ingestRows` makes sure. */
  readonly rows: AsyncIterable<readonly HashedRow[]>;
  /** The stored hashes of those of the keys that are stored. */
  readonly lookup: (keys: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly oldTotal: number;
  /** The keys of the stored rows, in their order, to name those that are missing; left out: they are only counted. */
  readonly oldKeys?: (() => AsyncIterable<readonly string[]>) | undefined;
}

export interface RowChanges {
  readonly count: number;
  /** The first 20, in file order; for `missing` in stored order, and none without `oldKeys`. */
  readonly firstKeys: readonly string[];
}

export interface RowDiff {
  readonly changed: RowChanges;
  readonly added: RowChanges;
  readonly missing: RowChanges;
  readonly unchanged: RowChanges;
}

export const FIRST_KEYS_MAX = 20; // what a person reads before deciding

/**
 * Compare new rows with stored ones: one look-up a batch and, only if rows are missing and `oldKeys` is given, a pass
 * over the stored keys until 20 missing ones are found. With `oldKeys` each key costs some 30 bytes, else nothing.
 */
export async function diffRows(input: RowDiffInput): Promise<RowDiff> {
  const changed = new Tally();
  const added = new Tally();
  const missing = new Tally();
  const unchanged = new Tally();
  const kept = input.oldKeys === undefined ? null : new SeenKeys();
  for await (const batch of input.rows) {
    const stored = await input.lookup(batch.map(({ key }) => key));
    for (const { key, rowSha256 } of batch) {
      const before = stored.get(key);
      if (before === undefined) {
        added.note(key);
        continue;
      }
      (before === rowSha256 ? unchanged : changed).note(key);
      kept?.add(key, 1);
    }
  }
  const missingCount = input.oldTotal - changed.count - unchanged.count;
  if (missingCount > 0 && kept !== null && input.oldKeys !== undefined) {
    const wanted = Math.min(missingCount, FIRST_KEYS_MAX);
    for await (const keys of input.oldKeys()) {
      for (const key of keys) if (missing.count < wanted && !kept.has(key)) missing.note(key);
      if (missing.count >= wanted) break;
    }
  }
  return { changed, added, missing: { count: missingCount, firstKeys: missing.firstKeys }, unchanged };
}

class Tally implements RowChanges {
  count = 0;
  readonly firstKeys: string[] = [];

  note(key: string): void {
    this.count++;
    if (this.firstKeys.length < FIRST_KEYS_MAX) this.firstKeys.push(key);
  }
}
