/** A broken guarantee, in words. Checks throw it; the code that plays a seed adds the seed. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken";
}

export function holds(condition: boolean, otherwise: () => string): asserts condition {
  if (!condition) throw new InvariantBroken(otherwise());
}
