/**
 * How a run's result wants to be shown: a workflow returns `{ view: [part, part, …], … }`, and whoever shows results draws each part
 * by its shape, never by the workflow's name. Plain JSON and bounded: a page draws the first 2,000 values of a list, so thin out what is
 * longer, write the whole as a file, and name it in the part.
 */

/** A file of the run that has all of what a part shows some of: an `ArtifactRef` fits. */
export interface ResultFile {
  /** Tells it from other references. */
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

/** What all parts may have. */
export interface ResultPartBase {
  /** Heading. Left out: none. */
  readonly title?: string;
  /** Words beside the heading: what the figures are of. Left out: none. */
  readonly subtitle?: string;
  /** Room on a wide page. Left out: what suits the shape. */
  readonly width?: "third" | "half" | "two-thirds" | "full";
  /** File with the whole of it. Left out: this is the whole. */
  readonly file?: ResultFile;
}

/** The result in one sentence. */
export interface ResultHeadline extends ResultPartBase {
  /** Tells the shapes apart. */
  readonly shape: "headline";
  /** The sentence. */
  readonly text: string;
  /** The words of it that limit what it says ("not chance"), told apart by their color. Left out: none. */
  readonly caution?: string;
}

/** Short remarks: what was found in the data, what limits the result. */
export interface ResultNotes extends ResultPartBase {
  /** Tells the shapes apart. */
  readonly shape: "notes";
  /** Each a sentence or two. */
  readonly notes: readonly {
    /** `thin`: little was found. `refused`: it was not answered. */
    readonly tone: "info" | "warning" | "thin" | "refused";
    /** A word or two before it ("Two readings"). Left out: none. */
    readonly label?: string;
    /** The remark. */
    readonly text: string;
  }[];
}

/** A column of a table. */
export interface ResultColumn {
  /** Heading of the column. */
  readonly title: string;
  /** `percent` shows 0.05 as 5 %; `usd` dollars; `code` fixed-width text. Left out: text. */
  readonly kind?: "text" | "code" | "number" | "percent" | "usd";
  /** Digits after the point. Left out: as many as the value has, two at most. */
  readonly digits?: number;
}

/** Rows under columns. */
export interface ResultTable extends ResultPartBase {
  /** Tells the shapes apart. */
  readonly shape: "table";
  /** From left to right. */
  readonly columns: readonly ResultColumn[];
  /** Cells in the order of the columns; null where there is none. */
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  /** Row that stands out, from 0. Left out: none. */
  readonly best?: number;
  /** How many rows there are, where these are the first of more. Left out: these are all. */
  readonly total?: number;
}

/** Lines over a common axis, with what was lost drawn below. */
export interface ResultSeries extends ResultPartBase {
  /** Tells the shapes apart. */
  readonly shape: "series";
  /** The chart in one sentence, for those who do not see it. */
  readonly says: string;
  /** Values of the axis, rising: dates as "2026-01-31", or numbers. */
  readonly x: readonly (string | number)[];
  /** "log" where steps are ratios; values must then be above zero. Left out: linear. */
  readonly scale?: "linear" | "log";
  /** `times` shows 2 as ×2, `percent` 0.05 as 5 %. Left out: the number. */
  readonly unit?: "number" | "times" | "percent";
  /** Each as long as `x`; null where there is no value. */
  readonly lines: readonly {
    /** Name in the legend. */
    readonly name: string;
    /** `held`: what the result is compared with. Left out: the result itself. */
    readonly role?: "result" | "held";
    /** By `x`. */
    readonly values: readonly (number | null)[];
  }[];
  /** What was lost since the highest point, as shares from 0 down to -1. Left out: none is drawn. */
  readonly drawdown?: {
    /** Name in the legend. */
    readonly name: string;
    /** By `x`. */
    readonly values: readonly (number | null)[];
  };
  /** Where what was not seen while choosing begins: that ground is marked. Left out: nothing is. */
  readonly unseen?: {
    /** Value of the axis. */
    readonly from: string | number;
    /** Words on that ground. */
    readonly label: string;
  };
}

/** A figure for each pair of two lists. */
export interface ResultGrid extends ResultPartBase {
  /** Tells the shapes apart. */
  readonly shape: "grid";
  /** What the rows are, and their values. */
  readonly rows: {
    /** Name of the rows' parameter. */
    readonly name: string;
    /** From above. */
    readonly values: readonly (string | number)[];
  };
  /** What the columns are, and their values. */
  readonly columns: {
    /** Name of the columns' parameter. */
    readonly name: string;
    /** From the left. */
    readonly values: readonly (string | number)[];
  };
  /** By row, then column; null where there is no figure. Higher is better. */
  readonly cells: readonly (readonly (number | null)[])[];
  /** Digits after the point. Left out: two. */
  readonly digits?: number;
  /** Row and column of the best, from 0. Left out: none is ringed. */
  readonly best?: readonly [row: number, column: number];
}

/** An answer whose statements name their sources. */
export interface ResultAnswer extends ResultPartBase {
  /** Tells the shapes apart. */
  readonly shape: "answer";
  /** What was asked. Left out: it is not repeated. */
  readonly question?: string;
  /** In order. */
  readonly paragraphs: readonly {
    /** True for what no source says: it is marked. Left out: false. */
    readonly inference?: boolean;
    /** Text, strong text, and numbers of sources (from 1) where they are cited. */
    readonly pieces: readonly (string | { readonly strong: string } | { readonly cite: number })[];
  }[];
  /** Source 1, source 2, … */
  readonly sources: readonly ResultSource[];
}

/** A passage that an answer cites. */
export interface ResultSource {
  /** What it is about, in a line. */
  readonly title: string;
  /** File, or dataset, that it stands in. */
  readonly document: string;
  /** Where in it ("page 4", "lines 12-18"). Left out: not told. */
  readonly place?: string;
  /** When it is of ("2023"). Left out: not told. */
  readonly date?: string;
  /** The passage, with some of what stands around it. */
  readonly passage: string;
  /** Parts of `passage` that are relied on, as [from, to) in characters. Left out: none is marked. */
  readonly marks?: readonly (readonly [from: number, to: number])[];
}

/** Terms with their counts and how their use changed. */
export interface ResultTerms extends ResultPartBase {
  /** Tells the shapes apart. */
  readonly shape: "terms";
  /** Names of the two parts compared ("to 1899", "from 1960"). Left out: nothing is compared. */
  readonly periods?: readonly [first: string, second: string];
  /** Most used first. */
  readonly terms: readonly {
    /** The term. */
    readonly term: string;
    /** How often it occurs. */
    readonly count: number;
    /** In how many documents. */
    readonly documents: number;
    /** Its rates in the two parts, in one unit. Left out: not compared. */
    readonly rates?: readonly [first: number, second: number];
  }[];
}

/** Sentences with a score. */
export interface ResultQuotes extends ResultPartBase {
  /** Tells the shapes apart. */
  readonly shape: "quotes";
  /** In order. */
  readonly quotes: readonly {
    /** Shown with its sign. */
    readonly score: number;
    /** The sentence as it stands in its document. */
    readonly text: string;
    /** Who said it, where, when. */
    readonly from: string;
  }[];
}

/** One part of a result as it is shown. */
export type ResultPart =
  | ResultHeadline
  | ResultNotes
  | ResultTable
  | ResultSeries
  | ResultGrid
  | ResultAnswer
  | ResultTerms
  | ResultQuotes;
