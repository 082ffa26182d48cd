/** Allowed values of a label: only those known at the start, so that no input can create unlimited series. */

/** At most so many workflows have series of their own. */
const VALUES_MAX = 50;
/** The label of figures over all workflows. */
export const ALL_WORKFLOWS = "all";

export class LabelSet {
  private readonly known: ReadonlySet<string>;

  constructor(
    values: readonly string[],
    private readonly onOther: (label: string) => void,
  ) {
    this.known = new Set(values.slice(0, VALUES_MAX));
  }

  of(value: string): string {
    if (this.known.has(value)) return value;
    this.onOther("workflow");
    return "other";
  }
}
