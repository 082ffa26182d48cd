/** An input checked against its workflow's schema, and made into the texts that are recorded. */
import {
  BadInputError,
  canonicalJson,
  encodeJson,
  type InputIssue,
  type InputTexts,
  type RunRecord,
  type Store,
} from "@holdfast/core";
import { validate } from "../base/schema.js";
import type { Workflow } from "./define-workflow.js";
import { hideSecrets, maskIssues, openInput, type RunSecrets, sealInput, shownSecrets, takeBack } from "./secret.js";

/** What a changed input would be recorded as; where it does not fit, what was given and why. Nothing in it is secret. */
export type InputPreview =
  | {
      /** The schema takes it. */
      readonly isFit: true;
      /** As it would be recorded, secrets hidden. */
      readonly input: unknown;
      /** JSON Pointers of secrets that are there on both sides and differ. */
      readonly changedSecrets: readonly string[];
    }
  | {
      /** The schema refuses it. */
      readonly isFit: false;
      /** As it was given, secrets hidden. */
      readonly input: unknown;
      /** What does not fit, by field. */
      readonly issues: readonly InputIssue[];
    };

export interface ParsedInput {
  /** What is recorded. */
  readonly texts: InputTexts;
  /** As the workflow sees it, secrets in their places; a JSON text. */
  readonly plainJson: string | null;
}

/**
 * `recorded` are the secrets of the run whose input it is to replace: `[secret]` in a place of theirs stands for them.
 * @throws {BadInputError} BAD_INPUT — naming every field that does not fit, quoting no secret.
 */
export async function parseInput(workflow: Workflow, given: unknown, recorded?: RunSecrets): Promise<ParsedInput> {
  const subject = `the input of ${workflow.name}`;
  const whole = recorded === undefined ? given : takeBack(given, recorded);
  const shown = await shownSecrets(workflow, whole);
  if (shown.length > 0) throw new BadInputError({ subject, issues: shown });
  const fit = await validate(workflow.definition.input, whole);
  if (!fit.ok) throw new BadInputError({ subject, issues: await maskIssues(workflow, whole, fit.issues) });
  const plain = { inputJson: encodeJson(fit.value, subject), givenJson: encodeJson(whole, subject) };
  return { texts: await sealInput(workflow, plain, recorded), plainJson: plain.inputJson };
}

/** The input to record in place of the one before; null when none was given, or the same. */
export async function changedInput(
  store: Store,
  run: RunRecord,
  workflow: Workflow,
  given: unknown,
): Promise<ParsedInput | null> {
  if (given === undefined) return null;
  const { input, secrets } = await openInput(store, run);
  const parsed = await parseInput(workflow, given, secrets);
  const { plainJson } = parsed;
  return plainJson !== null && canonicalJson(JSON.parse(plainJson)) === canonicalJson(input) ? null : parsed;
}

/**
 * An input for a run that exists, as it would be shown, to compare it with `run.input`. `changedSecrets` are JSON Pointers
 * of secrets that are there on both sides and differ. Writes nothing.
 */
export async function previewInput(
  store: Store,
  run: RunRecord,
  workflow: Workflow,
  given: unknown,
): Promise<InputPreview> {
  const { secrets } = await openInput(store, run);
  try {
    const { texts } = await parseInput(workflow, given, secrets);
    const next = texts.secretsJson == null ? null : (JSON.parse(texts.secretsJson) as RunSecrets);
    const changedSecrets = Object.entries(next?.input ?? {})
      .filter(([at, value]) => at in secrets.input && canonicalJson(value) !== canonicalJson(secrets.input[at]))
      .map(([at]) => at);
    return { isFit: true, input: JSON.parse(texts.inputJson ?? "null"), changedSecrets };
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error;
    return { isFit: false, input: await hideSecrets(workflow, given), issues: error.details.issues };
  }
}
