/** The run of a tick: the schedule's input, checked against the workflow as this process has it, and its ID. */
import {
  HoldfastError,
  type InputTexts,
  parseStored,
  type RunCreate,
  type RunId,
  type ScheduleRecord,
  type Store,
  scheduledRunId,
  type TickKind,
  type TickStart,
  triggeredRunId,
} from "@holdfast/core";
import type { Workflow } from "../workflow/define-workflow.js";
import { parseInput } from "../workflow/parse-input.js";
import { type RunSecrets, takeBack } from "../workflow/secret.js";

/** The input as it was given, with its secrets. */
export async function givenOf(
  store: Pick<Store, "getScheduleSecrets">,
  { name, givenJson, hasSecrets }: Pick<ScheduleRecord, "name" | "givenJson" | "hasSecrets">,
): Promise<unknown> {
  const given = parseStored<unknown>(givenJson ?? "null", `schedule ${name}: its input`);
  const secrets = hasSecrets ? await store.getScheduleSecrets(name) : null;
  return secrets === null ? given : takeBack(given, parseStored<RunSecrets>(secrets, `schedule ${name}: its secrets`));
}

/** Makes the runs of instants of one schedule: all of one input. An input that does not fit any more makes failed ticks. */
export async function makeStarts(
  store: Pick<Store, "getScheduleSecrets">,
  workflow: Workflow,
  schedule: ScheduleRecord,
  instants: readonly { readonly kind: TickKind; readonly at: number }[],
): Promise<readonly TickStart[]> {
  if (instants.length === 0) return [];
  let texts: InputTexts | null = null;
  let reason: string | null = null;
  try {
    ({ texts } = await parseInput(workflow, await givenOf(store, schedule)));
  } catch (error) {
    if (error instanceof HoldfastError && error.spec.isRetryable) throw error;
    // A schema that throws must not end the process that looks at it.
    reason = error instanceof HoldfastError ? `${error.code}: ${error.message}` : String(error);
  }
  return instants.map(({ kind, at }) => ({
    kind,
    at,
    create: texts === null ? null : createOf(workflow, schedule, texts, kind, at),
    reason,
  }));
}

function createOf(
  workflow: Workflow,
  { name, owner }: ScheduleRecord,
  texts: InputTexts,
  kind: TickKind,
  at: number,
): RunCreate {
  return {
    id: idOf(name, kind, at),
    workflow: workflow.name,
    version: workflow.version,
    owner,
    ...texts,
    stages: workflow.stages,
    policy: workflow.policy,
    through: null,
    idempotencyKey: null,
    forkedFrom: null,
    schedule: { name, at, kind },
    claim: null,
  };
}

const idOf = (name: string, kind: TickKind, at: number): RunId =>
  kind === "trigger" ? triggeredRunId(name, at) : scheduledRunId(name, at);
