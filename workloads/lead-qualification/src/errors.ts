// Errors during a run. Errors in the input or the profile are reported before a run exists.

/** A criterion that reads a column that no prospect has. */
export interface MissingColumn {
  readonly criterion: string;
  readonly column: string;
  /** `icp.yaml:14`, or the criterion's path if there is no file. */
  readonly place: string;
  readonly suggestion: string | null;
  /** What is wrong with the column. Default: "is not there". */
  readonly why?: string;
}

/**
 * PROFILE_COLUMNS: the profile reads columns that the prospects lack. Nothing was judged. Correct the profile and start
 * again.
 */
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

/** PROSPECT_COLUMN: the file has neither the requested column nor one that could be meant. Nothing was read. */
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
      /** The option that names a different column. */
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
