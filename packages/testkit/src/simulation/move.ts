/** An event in the simulated world, with its description for the list that a failure prints. */

export interface Move {
  readonly words: string;
  readonly act: () => Promise<void> | void;
}
