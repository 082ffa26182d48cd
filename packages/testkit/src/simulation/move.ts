/** One thing that happens in the simulated world, with its words for the list that a failure prints. */

export interface Move {
  readonly words: string;
  readonly act: () => Promise<void> | void;
}
