/** `child` and `startChild` of a run's context: the child run that each creates, and how its end is answered. */
import {
  ChildFailedError,
  type ChildRule,
  childRunId,
  isThrown,
  refuseUnknownOptions,
  StageFailedError,
  UnknownWorkflowError,
  type WaitOpen,
  WrongUseError,
} from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import type { Execution } from "../run/execution.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { parseInput } from "../workflow/parse-input.js";
import type { ChildOptions, Waits } from "../workflow/waits.js";
import { callWait, type WaitParts } from "./wait-call.js";

const OPTIONS = { onParentEnd: true } as const satisfies Record<keyof ChildOptions, true>;

export function makeChildren(parts: WaitParts): Pick<Waits, "child" | "startChild"> {
  const { registry, execution } = parts;
  return {
    child: async (name, workflow, input, options) => {
      registry.register(name);
      const rule = readRule("child", name, workflow, options);
      try {
        const open = () =>
          openChild(execution, { stage: name, kind: "child", due: null }, loose(workflow), input, rule);
        return (await callWait(parts, { stage: name, kind: "child", open })) as never;
      } catch (error) {
        throw asChildFailure(error);
      }
    },
    startChild: async (name, workflow, input, options) => {
      registry.register(name);
      const rule = readRule("startChild", name, workflow, options);
      const kept = rule === "cancel" ? "cancelUnlessCompleted" : rule;
      const open = () => openChild(execution, { stage: name, kind: "start", due: null }, loose(workflow), input, kept);
      return (await callWait(parts, { stage: name, kind: "start", open })) as never;
    },
  };
}

/** Its input is checked by its schema. */
const loose = (workflow: unknown) => workflow as Workflow;

/** A recorded failure of a child is thrown as such, live and on replay. */
export function asChildFailure(error: unknown): unknown {
  if (!isThrown(error, StageFailedError) || error.error.code !== "CHILD_FAILED") return error;
  return new ChildFailedError(error.error.details as ChildFailedError["details"]);
}

function readRule(
  call: "child" | "startChild",
  name: string,
  workflow: Pick<Workflow, "name">,
  options: ChildOptions = {},
): ChildRule {
  if (typeof workflow?.name !== "string") {
    throw new WrongUseError({ problem: `${call} ${name}: a workflow is expected, as defineWorkflow returns it.` });
  }
  refuseUnknownOptions(`${call} ${name}`, options, OPTIONS);
  const { onParentEnd = "cancel" } = options;
  if (onParentEnd === "cancel" || onParentEnd === "leave") return onParentEnd;
  const problem = `${call} ${name}: onParentEnd: "cancel" or "leave" is expected; ${String(onParentEnd)} was given.`;
  throw new WrongUseError({ problem });
}

/** @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW @throws {BadInputError} BAD_INPUT */
async function openChild(
  { deps, subject: { run } }: Execution,
  wait: Pick<WaitOpen, "stage" | "kind" | "due">,
  workflow: Workflow,
  input: unknown,
  rule: ChildRule,
): Promise<WaitOpen> {
  if (!deps.workflowNames.has(workflow.name)) {
    throw new UnknownWorkflowError({ workflow: workflow.name, known: [...deps.workflowNames].sort() });
  }
  const { stage } = wait;
  const { texts } = await parseInput(workflow, input);
  return {
    ...wait,
    child: {
      rule,
      create: {
        id: childRunId(run.id, stage, run.generation, sha256),
        workflow: workflow.name,
        version: workflow.version,
        owner: run.owner,
        ...texts,
        stages: workflow.stages,
        policy: workflow.policy,
        through: null,
        idempotencyKey: null,
        forkedFrom: null,
        parent: { runId: run.id, stage },
        claim: null,
      },
    },
  };
}
