/** Workflows with controlled behavior: steps of a given length, a stage that stops making progress, one that saves. */
import type { Clock } from "@holdfast/core";
import { defineWorkflow, type RecoveryOptions } from "holdfast";
import { z } from "zod";

const input = z.object({ steps: z.number().default(3), stepMs: z.number().default(1_000) });

/** `steps` stages, one after the other; each takes `stepMs` of the clock that its process sees. */
export function steps(clock: Clock, recovery: RecoveryOptions = {}, name = "steps") {
  return defineWorkflow({
    name,
    input,
    stages: ["step-1", "step-2", "step-3", "step-4", "step-5"],
    recovery,
    run: async ({ input, stage }) => {
      for (let step = 1; step <= input.steps; step++) {
        await stage(`step-${step}` as "step-1", ({ signal }) => wait(clock, input.stepMs, signal));
      }
      return input.steps;
    },
  });
}

/** Saves a checkpoint at once, then computes for an hour. */
export function saving(clock: Clock, recovery: RecoveryOptions = {}, value: unknown = { page: 7 }) {
  return defineWorkflow({
    name: "saving",
    input: z.object({}),
    stages: ["long"],
    recovery,
    run: async ({ stage }) =>
      stage("long", { checkpoint: z.any() }, async ({ checkpoint, signal }) => {
        await checkpoint.save(value);
        await wait(clock, 3_600_000, signal);
        return null;
      }),
  });
}

/** Its stage ignores its signal and never ends. */
export function deaf(recovery: RecoveryOptions = {}) {
  return defineWorkflow({
    name: "deaf",
    input: z.object({}),
    stages: ["hang"],
    recovery,
    run: ({ stage }) => stage("hang", () => new Promise<null>(() => {})),
  });
}

/** A stage, and then one item with a paid call in flight: `call` makes it. */
export function paying(call: (signal: AbortSignal) => Promise<unknown>, recovery: RecoveryOptions = {}) {
  return defineWorkflow({
    name: "paying",
    input: z.object({}),
    stages: ["before", "pay"],
    recovery,
    run: async ({ stage, map }) => {
      await stage("before", () => null);
      await map("pay", [{ id: "a" }], { key: "id" }, (_, { spend, signal }) =>
        spend(1, async () => {
          await call(signal);
          return { value: null, usd: 1 };
        }),
      );
      return null;
    },
  });
}

/** Stops when told to, without recording anything. */
async function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<null> {
  await clock.sleep(ms, signal);
  signal.throwIfAborted();
  return null;
}
