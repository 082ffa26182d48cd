/** Tracks whether a workflow's own code is running. It takes real time, in which a virtual clock must not run ahead of it. */
import type { Workflow } from "@holdfast/engine";

/**
 * Returns the workflow with a count of the stages and items whose code is running. A run in `outputs` is not executed: it completes
 * with its output there.
 */
export function watchStages(
  workflow: Workflow,
  active: { count: number },
  outputs: ReadonlyMap<string, unknown> = new Map(),
): Workflow {
  const watch = (fn: unknown) =>
    typeof fn !== "function"
      ? fn
      : async (...args: unknown[]) => {
          active.count++;
          try {
            return await fn(...args);
          } finally {
            active.count--;
          }
        };
  type Call = (...args: unknown[]) => Promise<unknown>;
  const watchLast =
    (call: unknown) =>
    (...args: unknown[]) =>
      (call as Call)(...args.slice(0, -1), watch(args.at(-1)));
  return {
    ...workflow,
    definition: {
      ...workflow.definition,
      run: async (context) => {
        if (outputs.has(context.runId)) return outputs.get(context.runId);
        return workflow.definition.run({
          ...context,
          stage: watchLast(context.stage),
          map: watchLast(context.map),
        } as typeof context);
      },
    },
  };
}
