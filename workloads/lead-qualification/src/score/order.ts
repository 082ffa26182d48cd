// The order of prospects. It is total, so that the same results give the same ranking in any order.

export interface Placed {
  readonly key: string;
  /** Null: not ranked. */
  readonly score: number | null;
  readonly knownPercent: number;
  /** Why there is no score: errors come after failed must-haves. */
  readonly isFailed: boolean;
}

/** Orders by score, then by known share, then by key. Disqualified prospects come after all scores, failed ones last. */
export function comparePlaced(a: Placed, b: Placed): number {
  return (
    Number(a.isFailed) - Number(b.isFailed) ||
    Number(a.score === null) - Number(b.score === null) ||
    (b.score ?? 0) - (a.score ?? 0) ||
    (a.score === null ? 0 : b.knownPercent - a.knownPercent) ||
    // By code units rather than locale, so that it is the same on every machine.
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}
