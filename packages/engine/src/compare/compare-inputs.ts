/** What two runs were asked, compared: the first thing that explains why their results differ. Pure. */
import type { RunView } from "../client/facade.js";
import { diffJson, type JsonChange } from "./json-diff.js";

/** The input field by field, then what a run is besides its input: workflow, version, how far it was to go. */
export function compareInputs(a: RunView, b: RunView): readonly JsonChange[] {
  const askedBeside = ({ workflow, version, through }: RunView) => ({ workflow, version, through });
  return [...diffJson(askedBeside(a), askedBeside(b), ""), ...diffJson(a.input, b.input, "input")].map((change) => ({
    ...change,
    path: change.path.replace(/^\./, ""),
  }));
}
