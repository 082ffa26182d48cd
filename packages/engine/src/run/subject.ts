/** What one execution is of: a run under its lease, what was recorded of it, and its input as the workflow sees it. */
import type { Fence, Lease, RunRecord, StageHistory } from "@holdfast/core";
import type { Workflow } from "../workflow/define-workflow.js";
import { maskOf, type OpenInput } from "../workflow/secret.js";
import type { SecretMask } from "../workflow/secret-mask.js";

export interface Subject {
  readonly run: RunRecord;
  readonly lease: Lease;
  /** What each of its writes shows to the store. */
  readonly fence: Fence;
  readonly workflow: Workflow;
  /** What the workflow sees; `run.input` has its secrets hidden. */
  readonly input: unknown;
  /** Everything written for people goes through it. */
  readonly mask: SecretMask;
  /** Recorded history by stage; a stage recorded by this execution is added as it ends. */
  readonly history: Map<string, StageHistory>;
  /** A person resumed a failed run: the failure that ended it is tried again. */
  readonly isReopening: boolean;
  /** Failures answered from the record in this execution: a person's resume reopens the one that ends it. */
  readonly replayedFailures: Set<string>;
}

export function makeSubject(
  of: Pick<Subject, "run" | "lease" | "workflow" | "isReopening">,
  history: readonly StageHistory[],
  { input, secrets }: OpenInput,
): Subject {
  const { runId, token, nonce } = of.lease;
  return {
    run: of.run,
    lease: of.lease,
    workflow: of.workflow,
    isReopening: of.isReopening,
    fence: { runId, token, nonce },
    input,
    mask: maskOf(secrets),
    history: new Map(history.map((entry) => [entry.stage, entry])),
    replayedFailures: new Set(),
  };
}
