/** The waits of an execution: ended by the store (`wait-call.ts`), and asked again where an answer does not fit. */
import { recordError } from "@holdfast/core";
import { reopen } from "../stage/stage-call.js";
import { callWait, type WaitParts } from "./wait-call.js";
import { makeWaits } from "./wait-functions.js";

export function makeExecutionWaits(parts: WaitParts): ReturnType<typeof makeWaits> {
  const { execution, registry } = parts;
  return makeWaits({
    workflow: execution.subject.workflow,
    nowMs: () => execution.deps.clock.nowMs(),
    register: (name) => registry.register(name),
    call: (wait) => callWait(parts, { stage: wait.stage, kind: wait.kind, open: () => wait }),
    async onMisfit(wait, error) {
      // A person can answer better. A signal is what it is: the run rests until its code takes it.
      if (wait.kind === "ask" && (await reopen(execution, wait.stage, recordError(error)))) return;
      if (wait.kind === "signal") {
        execution.stopping.stop({ why: "verdict", reason: error.message, wakeInMs: null, error });
      }
      return new Promise<never>(() => {});
    },
  });
}
