/** A promise that was broken, in words; thrown by checks, worded with its seed by whoever runs them. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken";
}

export function holds(condition: boolean, otherwise: () => string): asserts condition {
  if (!condition) throw new InvariantBroken(otherwise());
}
