/** Suggestions for mistyped names. Pure. */

/** Edit distance in which a swap of neighbors counts as one edit ("stauts" is one away from "status"). */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let best = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(rows, i - 2, j - 2) + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

const at = (rows: readonly (readonly number[])[], i: number, j: number) => rows[i]?.[j] ?? 0;

/**
 * Returns the one of `names` that was probably meant; null if none is similar. A third of the letters, but at least
 * two, may be wrong; suggestions further off would confuse.
 */
export function nearest(given: string, names: readonly string[]): string | null {
  const text = given.toLowerCase().slice(0, 64);
  const allowed = Math.max(2, Math.floor(text.length / 3));
  let best: { name: string; distance: number } | null = null;
  for (const name of names) {
    const candidate = name.toLowerCase();
    const distance = candidate.startsWith(text) && text.length >= 3 ? 1 : editDistance(text, candidate.slice(0, 64));
    if (distance <= allowed && distance < candidate.length && (best === null || distance < best.distance)) {
      best = { name, distance };
    }
  }
  return best?.name ?? null;
}
