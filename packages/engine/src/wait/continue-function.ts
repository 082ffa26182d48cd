/** `continueAs` of a run's context: ends this generation, and begins the next under the same ID. */
import { WrongUseError } from "@holdfast/core";
import { owner } from "../run/stray.js";
import { parseInput } from "../workflow/parse-input.js";
import type { Waits } from "../workflow/waits.js";
import type { WaitParts } from "./wait-call.js";

export function makeContinue({ execution, registry }: Pick<WaitParts, "execution" | "registry">): Waits["continueAs"] {
  return async (input) => {
    const inside = owner.getStore()?.stage ?? null;
    if (inside !== null) {
      const problem = `continueAs was called inside stage ${inside}: call it from the workflow's function.`;
      throw new WrongUseError({ problem });
    }
    const { texts } = await parseInput(execution.subject.workflow, input);
    // What is under way ends first; what else was to begin belongs to no generation.
    if (registry.isCurrent) execution.stopping.stop({ why: "continue", input: texts });
    return new Promise<never>(() => {});
  };
}
