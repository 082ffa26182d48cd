/** Why a child run was not created, as the error that its call throws. */
import {
  CHILD_DEPTH_MAX,
  ChildOfItselfError,
  type ChildRefusal,
  ChildTooDeepError,
  RunIdTakenError,
  type WaitOpen,
} from "@holdfast/core";
import type { Execution } from "../run/execution.js";

/** What the call of a refused child throws. */
export function refusedChild({ subject: { run } }: Execution, { stage, child }: WaitOpen, why: ChildRefusal): Error {
  const create = child?.create;
  switch (why.kind) {
    case "idTaken":
      return new RunIdTakenError({ runId: create?.id ?? "", taken: why.runId });
    case "tooDeep":
      return new ChildTooDeepError({ runId: run.id, stage, depthMax: CHILD_DEPTH_MAX });
    case "ofItself":
      return new ChildOfItselfError({ runId: run.id, stage, workflow: create?.workflow ?? "", same: why.runId });
  }
}
