/**
 * Secrets of an input: marked in its schema, kept apart from the run's record, shown as `[secret]`.
 *
 * The record holds `[secret]` in the place of each, in the input as in what was given, so whatever shows, compares, exports
 * or queries a run has nothing to hide. The values are one text beside it (`Store.getSecrets`), which only an execution,
 * and an act that changes the input, reads back.
 */
import {
  type InputIssue,
  type InputTexts,
  parseStored,
  RunNotFoundError,
  type RunRecord,
  type Store,
} from "@holdfast/core";
import type { Workflow } from "./define-workflow.js";
import { describeInput } from "./input-schema.js";
import { findSecrets, pointerOf } from "./marked.js";
import { SECRET_SHOWN, SecretMask } from "./secret-mask.js";

/**
 * Mark a field of an input as a secret: the workflow gets its value, everything that shows the run gets `[secret]`.
 *
 * It sets `writeOnly` in the field's JSON Schema, which is the mark; a schema of another library that describes itself with
 * `writeOnly: true` is marked alike. Any zod schema can be marked, also an object or list, which is then hidden whole.
 * Mark a field before it is first used: runs started earlier keep what they recorded. What a stage returns or writes to a
 * file is data: a secret in it is not hidden.
 *
 * @example
 * input: z.object({ topic: z.string(), apiKey: secret(z.string().min(20)) })
 */
export function secret<S extends MarkableSchema>(schema: S): S {
  return schema.meta({ ...schema.meta(), writeOnly: true }) as S;
}

/** A zod schema, as far as marking it needs. */
export interface MarkableSchema {
  /** Reads the metadata, or makes the same schema with other metadata. */
  meta(): object | undefined;
  meta(data: Record<string, unknown>): unknown;
}

/** Values by JSON Pointer. */
type Places = Readonly<Record<string, unknown>>;

/** A run's secrets where they stand in its input as parsed, and in what was given: the text in the store. */
export interface RunSecrets {
  readonly input: Places;
  readonly given: Places;
}

/** A run's input as the workflow sees it, with what its secrets are. */
export interface OpenInput {
  readonly input: unknown;
  readonly secrets: RunSecrets;
}

const NO_SECRETS: RunSecrets = { input: {}, given: {} };

/** @throws {RunNotFoundError} RUN_NOT_FOUND — it was removed meanwhile. */
export async function openInput(store: Pick<Store, "getSecrets">, run: RunRecord): Promise<OpenInput> {
  if (!run.hasSecrets) return { input: run.input, secrets: NO_SECRETS };
  const json = await store.getSecrets(run.id);
  if (json === null) throw new RunNotFoundError({ runId: run.id });
  const secrets = parseStored<RunSecrets>(json, `run ${run.id}: its secrets`);
  return { input: replace(run.input, (pointer) => own(secrets.input, pointer)), secrets };
}

/** Of a run without secrets, which most are. */
const NO_MASK = new SecretMask([]);

export const maskOf = (secrets: RunSecrets): SecretMask =>
  secrets === NO_SECRETS ? NO_MASK : new SecretMask([...Object.values(secrets.input), ...Object.values(secrets.given)]);

/** An input without its secrets, and they beside it. Texts that hold one of `recorded`, which it replaces, are hidden too. */
export async function sealInput(workflow: Workflow, plain: InputTexts, recorded = NO_SECRETS): Promise<InputTexts> {
  const described = await describeInput(workflow);
  if (!described.hasSecrets) return plain;
  const [parsed, given] = [plain.inputJson, plain.givenJson].map((json) => JSON.parse(json ?? "null") as unknown);
  const inGiven = findSecrets(described.input, given);
  // A schema that turns a secret into something else has lost its mark in what it describes as its output.
  const inInput = [...findSecrets(described.output, parsed), ...findSecrets(described.input, parsed)];
  if (inGiven.length + inInput.length === 0) return plain;
  const known = [...Object.values(recorded.input), ...Object.values(recorded.given)];
  const mask = new SecretMask([...known, ...[...inGiven, ...inInput].map(({ value }) => value)]);
  const secrets: RunSecrets = {
    input: collect(parsed, new Set(inInput.map(({ pointer }) => pointer)), mask),
    given: collect(given, new Set(inGiven.map(({ pointer }) => pointer)), mask),
  };
  return {
    inputJson: plain.inputJson === null ? null : JSON.stringify(hide(parsed, secrets.input)),
    givenJson: plain.givenJson === null ? null : JSON.stringify(hide(given, secrets.given)),
    secretsJson: JSON.stringify(secrets),
  };
}

/** The marked values, and every text that holds one of them: a schema may build an address out of a key. */
function collect(value: unknown, marked: ReadonlySet<string>, mask: SecretMask): Places {
  const found: Record<string, unknown> = {};
  replace(value, (pointer, inner) => {
    if (!marked.has(pointer) && !(typeof inner === "string" && mask.isIn(inner))) return null;
    found[pointer] = inner;
    return { value: SECRET_SHOWN };
  });
  return found;
}

const hide = (value: unknown, secrets: Places) =>
  replace(value, (pointer) => (Object.hasOwn(secrets, pointer) ? { value: SECRET_SHOWN } : null));

const own = (places: Places, pointer: string) => (Object.hasOwn(places, pointer) ? { value: places[pointer] } : null);

/** `[secret]` where the run has one was read from it, and stands for what is recorded. */
export function takeBack(given: unknown, secrets: RunSecrets): unknown {
  return replace(given, (pointer, value) =>
    value === SECRET_SHOWN ? (own(secrets.given, pointer) ?? own(secrets.input, pointer)) : null,
  );
}

/** Places that say `[secret]` and stand for nothing. */
export async function shownSecrets(workflow: Workflow, given: unknown): Promise<readonly InputIssue[]> {
  const { input, hasSecrets } = await describeInput(workflow);
  if (!hasSecrets) return [];
  return findSecrets(input, given)
    .filter(({ value }) => value === SECRET_SHOWN)
    .map(({ parts }) => ({ path: parts.join("."), message: "is how a secret is shown; give the secret itself" }));
}

/** What a schema says does not fit, without the secrets that it may quote. */
export async function maskIssues(
  workflow: Workflow,
  given: unknown,
  issues: readonly InputIssue[],
): Promise<readonly InputIssue[]> {
  const found = findSecrets((await describeInput(workflow)).input, given);
  const mask = new SecretMask(found.map(({ value }) => value));
  return issues.map(({ path, message }) => {
    // A short one is not looked for in every text; at its own place it is.
    const isQuoted = found.some(({ parts, value }) => parts.join(".") === path && message.includes(String(value)));
    return { path, message: isQuoted ? "does not fit" : mask.text(message) };
  });
}

/** What was given, as it may be shown before any schema took it. */
export async function hideSecrets(workflow: Workflow, given: unknown): Promise<unknown> {
  const found = findSecrets((await describeInput(workflow)).input, given);
  return hide(given, Object.fromEntries(found.map(({ pointer, value }) => [pointer, value])));
}

/** A copy in which `change` may put another value at a place; what lies below a changed place is not asked for. */
function replace(
  value: unknown,
  change: (pointer: string, value: unknown) => { readonly value: unknown } | null,
  at = "",
): unknown {
  const changed = change(at, value);
  if (changed !== null) return changed.value;
  if (Array.isArray(value)) return value.map((inner, index) => replace(inner, change, `${at}/${index}`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, replace(inner, change, at + pointerOf([name]))]),
  );
}
