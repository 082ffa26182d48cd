/** A resume with another input: the differences from the recorded one, told as warnings whichever of the two rules. */
import { BadInputError, WrongUseError } from "@holdfast/core";
import { diffJson, type Holdfast, type JsonChange, type RunView, SECRET_SHOWN, type Workflow } from "@holdfast/engine";
import { recordedInput } from "../changed-fields.js";
import { clean, glance } from "../output/text.js";
import { inputFormOf, layInput, type NamedDocument } from "../run-input.js";

/** These say that a start is a resume, not what the run is. */
const REQUEST_PATHS = ["$.run.resume", "$.run.experiment_id", "$.run.retry_errors_only"];

/** The field that the workloads use for `--on-bad-row`, as `start` does. */
const ON_BAD_ROW = "onBadRow";

export interface InputSource {
  /** Whole inputs, each over the one before. */
  readonly documents: readonly NamedDocument[];
  /** `field=value` texts. With these alone the input that was given before is the base. */
  readonly sets: readonly string[];
  /** What a row that cannot be used does, for workflows whose input has the field `onBadRow`. */
  readonly onBadRow?: string | undefined;
}

/**
 * The input that is asked for; undefined where nothing is.
 * @throws {BadInputError} BAD_INPUT — for fields that are none.
 * @throws {WrongUseError} WRONG_USE — `--on-bad-row` for a workflow without the field `onBadRow`.
 */
export async function askedInput(
  holdfast: Holdfast,
  run: RunView,
  workflow: Workflow,
  { documents, sets, onBadRow }: InputSource,
): Promise<unknown> {
  if (documents.length === 0 && sets.length === 0 && onBadRow === undefined) return undefined;
  const form = await inputFormOf(workflow, []);
  if (onBadRow !== undefined && !form.fields?.some(({ path }) => path.length === 1 && path[0] === ON_BAD_ROW)) {
    throw new WrongUseError({
      problem: `--on-bad-row: the input of ${workflow.name} has no field ${ON_BAD_ROW}; its own field is given with --set.`,
    });
  }
  const given = documents.length > 0 ? documents : [await recordedInput(holdfast, run)];
  const all = onBadRow === undefined ? sets : [...sets, `${ON_BAD_ROW}=${onBadRow}`];
  const { value, issues } = layInput(form, { documents: given, flags: [], sets: all });
  if (issues.length > 0) throw new BadInputError({ subject: `Input of ${workflow.name}`, issues });
  return value;
}

/**
 * Where the recorded input and the asked one differ, both as the schema gives them, so that defaults are no difference.
 * @throws {BadInputError} BAD_INPUT — where `isTaken` and the schema refuses the asked one.
 */
export async function inputChanges(
  holdfast: Holdfast,
  run: RunView,
  workflow: Workflow,
  asked: unknown,
  isTaken: boolean,
): Promise<readonly JsonChange[]> {
  const next = await holdfast.runs.previewInput(run.id, asked);
  if (!next.isFit && isTaken) {
    throw new BadInputError({ subject: `Input of ${workflow.name}`, issues: next.issues });
  }
  const changes = diffJson(run.input, next.input).filter((change) => !isRequest(change.path));
  const secrets = next.isFit ? next.changedSecrets : [];
  return [...changes, ...secrets.map(changedSecret)];
}

const changedSecret = (pointer: string): JsonChange => ({
  path: `$${pointer.replaceAll("/", ".")}`,
  kind: "changed",
  before: SECRET_SHOWN,
  after: `another ${SECRET_SHOWN}`,
});
const isRequest = (path: string) => REQUEST_PATHS.includes(path);

/** As much of a value as a person compares at a glance. */
const SHOWN_CHARS_MAX = 60;

export function changeLine(change: JsonChange): string {
  const show = (value: unknown) => (value === undefined ? "nothing" : glance(value, SHOWN_CHARS_MAX));
  return `${clean(change.path).replace(/^\$\.?/, "") || "the input"}: recorded ${show(change.before)}, given ${show(change.after)}`;
}
