/** Search fields at run time: declared to the store once a process, when they are first needed, and checked in queries. */
import { nearest, type Store, WrongUseError } from "@holdfast/core";
import { describeInput } from "../input/input-schema.js";
import { checkField } from "../input/search-fields.js";
import type { Workflow } from "../workflow.js";

/** Runs filled in by one transaction: some milliseconds. */
const RUNS_AT_ONCE = 1_000;

/** By store: the workflows whose fields are declared, or are being. */
const declared = new WeakMap<object, Map<string, Promise<void>>>();

/**
 * Resolves when the store finds the workflow's runs by its search fields, those of before too.
 * @throws {WrongUseError} WRONG_USE — a field is a secret, or is none: of schemas that could not say so when they were defined.
 */
export function declareSearch(store: Store, workflow: Workflow): Promise<void> {
  if (workflow.search.length === 0) return Promise.resolve();
  let known = declared.get(store);
  if (known === undefined) {
    known = new Map();
    declared.set(store, known);
  }
  let declaring = known.get(workflow.name);
  if (declaring === undefined) {
    declaring = declare(store, workflow);
    known.set(workflow.name, declaring);
    // A store that was busy is asked again.
    declaring.catch(() => known.delete(workflow.name));
  }
  return declaring;
}

async function declare(store: Store, workflow: Workflow): Promise<void> {
  const described = await describeInput(workflow);
  for (const field of workflow.search) {
    const refuse = (problem: string) => {
      throw new WrongUseError({ problem: `Workflow ${workflow.name}, search: ${problem}.` });
    };
    for (const schema of [described.input, described.output]) checkField(schema, field, refuse);
  }
  while (!(await store.declareSearch(workflow.name, workflow.search, RUNS_AT_ONCE)));
}

/** @throws {WrongUseError} WRONG_USE — a field that no workflow declares, or a value that is no text. */
export async function checkFields(
  store: Store,
  workflows: Iterable<Workflow>,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  await Promise.all([...workflows].map((workflow) => declareSearch(store, workflow)));
  const known = [...new Set((await store.listSearchFields()).map(({ field }) => field))].sort();
  for (const [field, value] of Object.entries(fields)) {
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
