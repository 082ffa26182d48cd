/** `finishChild` of `testHoldfast`: a child run completes with an output that the test gives, without its workflow's code. */
import { WrongUseError } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";

/** Children that are to be finished, or are, with their outputs. Executions look here before they call a workflow's code. */
export type ChildOutputs = Map<string, unknown>;

export async function finishChild(holdfast: Holdfast, outputs: ChildOutputs, runId: string, output: unknown) {
  const run = await holdfast.store.getRun(runId);
  const refuse = (why: string) => {
    throw new WrongUseError({ problem: `finishChild: ${why}` });
  };
  if (run === null) {
    if (!runId.includes("~")) refuse(`the ID of a child is expected, <parent>~<stage>, not ${runId}.`);
    outputs.set(runId, output);
    return;
  }
  if (run.parent === null) refuse(`run ${runId} is no child of another run.`);
  if (run.status !== "waiting" && run.status !== "paused") {
    refuse(
      `child ${runId} is ${run.status}. Call it before the child is created, or while the child waits or is paused.`,
    );
  }
  outputs.set(runId, output);
  if (run.status === "waiting") await holdfast.runs.pause(runId);
  await holdfast.resume(runId);
}
