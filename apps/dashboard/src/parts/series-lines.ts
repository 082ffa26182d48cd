/** What is drawn over time: instants, and lines with their words. */

export interface Line {
  readonly label: string;
  readonly unit: string;
  /** One for each instant; null where nothing is known. */
  readonly values: readonly (number | null)[];
  /** Token of its colour: "--ink", "--fail-mark". */
  readonly token: string;
  readonly word: (value: number) => string;
}

export interface SeriesProps {
  /** What it says, in a sentence: the name of the picture. */
  readonly label: string;
  /** Milliseconds UTC, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly heightPx?: number;
}
