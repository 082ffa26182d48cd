/**
 * Presentation of a run's result. A workflow returns `{ view: [part, part, …], … }`, and a display draws each part by
 * its shape, never by the workflow's name. Plain JSON and bounded: a page draws the first 2,000 values of a list. Thin
 * out longer lists, write the whole to a file, and name that file in the part.
 */

/** A file of the run with all of the data that a part shows in excerpt. An `ArtifactRef` fits. */
export interface ResultFile {
  /** Distinguishes it from other references. */
  readonly kind: "artifact";
  /** Run that wrote it. */
  readonly runId: string;
  /** Stage that wrote it. */
  readonly stage: string;
  /** Attempt that wrote it, from 1. */
  readonly attempt: number;
  /** File name without folders. */
  readonly name: string;
  /** Size in bytes. */
  readonly sizeBytes: number;
}

/** Fields of all parts. */
export interface ResultPartBase {
  /** Heading. Default: none. */
  readonly title?: string;
  /** Text beside the heading that says what the figures describe. Default: none. */
  readonly subtitle?: string;
  /** Width on a wide page. Default: what suits the shape. */
  readonly width?: "third" | "half" | "two-thirds" | "full";
  /** File with all of the data. Default: none, because the part is complete. */
  readonly file?: ResultFile;
}

/** The result in one sentence. */
export interface ResultHeadline extends ResultPartBase {
  /** Distinguishes the shapes. */
  readonly shape: "headline";
  /** The sentence. */
  readonly text: string;
  /** Words of the sentence that limit its claim ("not chance"), shown in another color. Default: none. */
  readonly caution?: string;
}

/** Short remarks about findings in the data or limits of the result. */
export interface ResultNotes extends ResultPartBase {
  /** Distinguishes the shapes. */
  readonly shape: "notes";
  /** Remarks of one or two sentences. */
  readonly notes: readonly {
    /** `thin`: little data was found. `refused`: the question was not answered. */
    readonly tone: "info" | "warning" | "thin" | "refused";
    /** One or two words before the remark ("Two readings"). Default: none. */
    readonly label?: string;
    /** The remark. */
    readonly text: string;
  }[];
}

/** A column of a table. */
export interface ResultColumn {
  /** Heading of the column. */
  readonly title: string;
  /** `percent` shows 0.05 as 5 %, `usd` shows dollars, `code` fixed-width text. Default: text. */
  readonly kind?: "text" | "code" | "number" | "percent" | "usd";
  /** Decimals. Default: as many as the value has, at most two. */
  readonly digits?: number;
}

/** A table. */
export interface ResultTable extends ResultPartBase {
  /** Distinguishes the shapes. */
  readonly shape: "table";
  /** Columns, from left to right. */
  readonly columns: readonly ResultColumn[];
  /** Cells in column order; null for an empty cell. */
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  /** Index of the highlighted row, from 0. Default: none. */
  readonly best?: number;
  /** Total number of rows, if these are only the first. Default: these are all. */
  readonly total?: number;
}

/** Lines over a common axis, with the drawdown below. */
export interface ResultSeries extends ResultPartBase {
  /** Distinguishes the shapes. */
  readonly shape: "series";
  /** The chart in one sentence, for readers who cannot see it. */
  readonly says: string;
  /** Axis values in ascending order: dates such as "2026-01-31", or numbers. */
  readonly x: readonly (string | number)[];
  /** "log" if equal ratios should look equal; all values must then be above zero. Default: linear. */
  readonly scale?: "linear" | "log";
  /** `times` shows 2 as ×2, `percent` shows 0.05 as 5 %. Default: plain numbers. */
  readonly unit?: "number" | "times" | "percent";
  /** Lines, each with as many values as `x`; null for no value. */
  readonly lines: readonly {
    /** Name in the legend. */
    readonly name: string;
    /** `held`: the line that the result is compared with. Default: the result itself. */
    readonly role?: "result" | "held";
    /** Values, one per value of `x`. */
    readonly values: readonly (number | null)[];
  }[];
  /** Loss since the highest point so far, as shares from 0 down to -1. Default: not drawn. */
  readonly drawdown?: {
    /** Name in the legend. */
    readonly name: string;
    /** Values, one per value of `x`. */
    readonly values: readonly (number | null)[];
  };
  /** Marks the range not seen while the result was chosen. Default: none. */
  readonly unseen?: {
    /** Axis value at which the range begins. */
    readonly from: string | number;
    /** Text shown in the range. */
    readonly label: string;
  };
}

/** One figure for each combination of two parameters. */
export interface ResultGrid extends ResultPartBase {
  /** Distinguishes the shapes. */
  readonly shape: "grid";
  /** Parameter of the rows. */
  readonly rows: {
    /** Name of the parameter. */
    readonly name: string;
    /** Values, from top to bottom. */
    readonly values: readonly (string | number)[];
  };
  /** Parameter of the columns. */
  readonly columns: {
    /** Name of the parameter. */
    readonly name: string;
    /** Values, from left to right. */
    readonly values: readonly (string | number)[];
  };
  /** Figures by row, then column; null for none. Higher is better. */
  readonly cells: readonly (readonly (number | null)[])[];
  /** Decimals. Default: two. */
  readonly digits?: number;
  /** Row and column of the best figure, from 0. Default: none is marked. */
  readonly best?: readonly [row: number, column: number];
}

/** An answer whose statements name their sources. */
export interface ResultAnswer extends ResultPartBase {
  /** Distinguishes the shapes. */
  readonly shape: "answer";
  /** The question. Default: not shown. */
  readonly question?: string;
  /** Paragraphs, in order. */
  readonly paragraphs: readonly {
    /** `true` for an inference that no source states; it is marked as such. Default: false. */
    readonly inference?: boolean;
    /** Plain text, strong text, and cited source numbers, from 1. */
    readonly pieces: readonly (string | { readonly strong: string } | { readonly cite: number })[];
  }[];
  /** Source 1, source 2, … */
  readonly sources: readonly ResultSource[];
}

/** A passage cited by an answer. */
export interface ResultSource {
  /** Subject, in one line. */
  readonly title: string;
  /** File or dataset that contains it. */
  readonly document: string;
  /** Place within it ("page 4", "lines 12-18"). Default: none. */
  readonly place?: string;
  /** Its date ("2023"). Default: none. */
  readonly date?: string;
  /** The passage with some surrounding text. */
  readonly passage: string;
  /** Parts of `passage` that support the answer, as [from, to) in characters. Default: none. */
  readonly marks?: readonly (readonly [from: number, to: number])[];
}

/** Terms with their counts and the change in their use. */
export interface ResultTerms extends ResultPartBase {
  /** Distinguishes the shapes. */
  readonly shape: "terms";
  /** Names of the two periods compared ("to 1899", "from 1960"). Default: no comparison. */
  readonly periods?: readonly [first: string, second: string];
  /** Terms, most used first. */
  readonly terms: readonly {
    /** The term. */
    readonly term: string;
    /** Number of occurrences. */
    readonly count: number;
    /** Number of documents that contain it. */
    readonly documents: number;
    /** Rates in the two periods, in the same unit. Default: no comparison. */
    readonly rates?: readonly [first: number, second: number];
  }[];
}

/** Sentences with a score. */
export interface ResultQuotes extends ResultPartBase {
  /** Distinguishes the shapes. */
  readonly shape: "quotes";
  /** Quotes, in order. */
  readonly quotes: readonly {
    /** Score, shown with its sign. */
    readonly score: number;
    /** Sentence, as it is in its document. */
    readonly text: string;
    /** Speaker, place and time. */
    readonly from: string;
  }[];
}

/** One part of a result, in any shape. */
export type ResultPart =
  | ResultHeadline
  | ResultNotes
  | ResultTable
  | ResultSeries
  | ResultGrid
  | ResultAnswer
  | ResultTerms
  | ResultQuotes;
