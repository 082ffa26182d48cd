/** The code of a workflow as this process has it: read once, when it is opened, before anybody can edit the files below it. */

import { digestCode } from "./code-digest.js";
import type { Workflow } from "./define-workflow.js";

const known = new WeakMap<object, string | null>();

/** By name, for a claim. */
export function codesOf(workflows: Iterable<Workflow>): Record<string, string> {
  const codes: Record<string, string> = {};
  for (const workflow of workflows) {
    const code = codeOf(workflow);
    if (code !== null) codes[workflow.name] = code;
  }
  return codes;
}

export function codeOf({ definition }: Workflow): string | null {
  let code = known.get(definition);
  if (code === undefined) {
    const { run, exclusive, definedIn = null } = definition;
    code = digestCode(definedIn, exclusive === null ? [run] : [run, exclusive]);
    known.set(definition, code);
  }
  return code;
}
