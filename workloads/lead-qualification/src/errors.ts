// What can go wrong once a run is under way. What is wrong with the input or the profile is said before a run exists.

/** One criterion that reads a column which no prospect has. */
export interface MissingColumn {
  readonly criterion: string;
  readonly column: string;
  /** `icp.yaml:14`, or the criterion's path where there is no file. */
  readonly place: string;
  readonly suggestion: string | null;
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
    const lines = missing.map(({ criterion, column, place, suggestion }) => {
      const hint = suggestion === null ? "" : ` Did you mean "${suggestion}"?`;
      return `  ${place}: criterion ${criterion} reads column "${column}", which is not there.${hint}`;
    });
    super(
      `Prospects ${prospects}: ${missing.length === 1 ? "a column is" : "columns are"} missing that the profile reads.\n` +
        `${lines.join("\n")}\n  The file has: ${columns.join(", ")}. Correct the profile, or the header, and start again.`,
    );
  }
}
