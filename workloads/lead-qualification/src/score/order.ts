// The order of prospects: total, so that the same results give the same ranking, whatever came first.

export interface Placed {
  readonly key: string;
  /** Null: not ranked. */
  readonly score: number | null;
  readonly knownPercent: number;
  /** Why there is no score: an error comes after a failed must-have. */
  readonly isFailed: boolean;
}

/** By score, then by how much is known, then by key; the disqualified after all scores, the failed at the end. */
export function comparePlaced(a: Placed, b: Placed): number {
  return (
    Number(a.isFailed) - Number(b.isFailed) ||
    Number(a.score === null) - Number(b.score === null) ||
    (b.score ?? 0) - (a.score ?? 0) ||
    (a.score === null ? 0 : b.knownPercent - a.knownPercent) ||
    // By code units, not by locale: the same on every machine.
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}
