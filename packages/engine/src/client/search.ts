/** Search fields at run time: declared to the store once a process, when they are first needed, and checked in queries. */
import { nearest, type Store, WrongUseError } from "@holdfast/core";
import type { Workflow } from "../workflow/define-workflow.js";
import { describeInput } from "../workflow/input-schema.js";
import { checkField } from "../workflow/search-fields.js";

/** Runs filled in by one transaction: some milliseconds. */
const RUNS_AT_ONCE = 1_000;

/** Workflows whose fields were checked, or are being: describing a schema takes longer than a start. */
const checked = new WeakMap<Workflow, Promise<void>>();

/** By store: the workflows whose fields are declared, or are being. */
const declared = new WeakMap<object, Map<string, Promise<void>>>();

/** @throws {WrongUseError} WRONG_USE — a field is a secret, or is none: of schemas that could not say so when they were defined. */
export function checkSearch(workflow: Workflow): Promise<void> {
  return once(checked, workflow, () => check(workflow));
}

/**
 * Resolves when the store finds the workflow's runs by its search fields, those of before too.
 * @throws {WrongUseError} WRONG_USE — as `checkSearch`.
 */
export async function declareSearch(store: Store, workflow: Workflow): Promise<void> {
  if (workflow.search.length === 0) return;
  await checkSearch(workflow);
  let known = declared.get(store);
  if (known === undefined) {
    known = new Map();
    declared.set(store, known);
  }
  await once(known, workflow.name, async () => {
    while (!(await store.declareSearch(workflow.name, workflow.search, RUNS_AT_ONCE)));
  });
}

/** What failed is tried again by the next who asks. */
function once<K>(
  known: {
    get(key: K): Promise<void> | undefined;
    set(key: K, doing: Promise<void>): unknown;
    delete(key: K): boolean;
  },
  key: K,
  act: () => Promise<void>,
): Promise<void> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const doing = act();
  known.set(key, doing);
  doing.catch(() => known.delete(key));
  return doing;
}

async function check(workflow: Workflow): Promise<void> {
  const described = await describeInput(workflow);
  for (const field of workflow.search) {
    const refuse = (problem: string) => {
      throw new WrongUseError({ problem: `Workflow ${workflow.name}, search: ${problem}.` });
    };
    for (const schema of [described.input, described.output]) checkField(schema, field, refuse);
  }
}

/** @throws {WrongUseError} WRONG_USE — a field that no workflow declares, or a value that is no text. */
export async function checkFields(
  store: Store,
  workflows: Iterable<Workflow>,
  fields: readonly (readonly [field: string, value: string])[],
): Promise<void> {
  await Promise.all([...workflows].map((workflow) => declareSearch(store, workflow)));
  const known = [...new Set((await store.listSearchFields()).map(({ field }) => field))].sort();
  for (const [field, value] of fields) {
    if (typeof value !== "string") throw new WrongUseError({ problem: `fields.${field}: a text is expected.` });
    if (known.includes(field)) continue;
    const near = nearest(field, known);
    const hint =
      known.length === 0
        ? 'no workflow declares any: defineWorkflow({ search: ["country"], … })'
        : near === null
          ? `there are ${known.join(", ")}`
          : `did you mean ${near}?`;
    throw new WrongUseError({ problem: `"${field}" is no search field; ${hint}${hint.endsWith("?") ? "" : "."}` });
  }
}
