// What can go wrong once a run is under way. What is wrong with the input or the profile is said before a run exists.

/** One criterion that reads a column which no prospect has. */
export interface MissingColumn {
  readonly criterion: string;
  readonly column: string;
  /** `icp.yaml:14`, or the criterion's path where there is no file. */
  readonly place: string;
  readonly suggestion: string | null;
  /** What was found in its place; "is not there" where nothing. */
  readonly why?: string;
}

/** The profile and the prospects do not go together. Nothing was judged; correct the profile and start anew. */
export class ProfileColumnsError extends Error {
  override readonly name = "ProfileColumnsError";
  readonly code = "PROFILE_COLUMNS";
  constructor(
    readonly details: {
      readonly prospects: string;
      readonly missing: readonly MissingColumn[];
      readonly columns: readonly string[];
    },
  ) {
    const { prospects, missing, columns } = details;
    const lines = missing.map(({ criterion, column, place, suggestion, why = "is not there" }) => {
      const hint =
        suggestion === null ? "" : ` Did you mean "${suggestion}"? Then say --columns.${column}="${suggestion}".`;
      return `  ${place}: criterion ${criterion} reads column "${column}", which ${why}.${hint}`;
    });
    super(
      `Prospects ${prospects}: ${missing.length === 1 ? "a column is" : "columns are"} missing that the profile reads.\n` +
        `${lines.join("\n")}\n  The file has: ${columns.join(", ")}. Correct the profile, or the header, ` +
        'or say which is meant (--columns.employees="Headcount"), and start again.',
    );
  }
}

/** A column that was asked for is not in the file, and none that could be it. Nothing was read. */
export class ProspectColumnError extends Error {
  override readonly name = "ProspectColumnError";
  readonly code = "PROSPECT_COLUMN";
  constructor(
    readonly details: {
      readonly prospects: string;
      readonly column: string;
      readonly why: string;
      readonly suggestion: string | null;
      readonly columns: readonly string[];
      /** The option that names another one. */
      readonly option: string;
    },
  ) {
    const { prospects, column, why, suggestion, columns, option } = details;
    const hint = suggestion === null ? "" : ` Did you mean "${suggestion}"?`;
    super(
      `Prospects ${prospects}: the column "${column}" ${why}.${hint} The file has: ${columns.join(", ")}. ` +
        `Say which is meant with ${option}="${suggestion ?? columns[0] ?? "name"}".`,
    );
  }
}
