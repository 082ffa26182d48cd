/** The workflows of bench/processes.mjs (stages that compute and wait for nothing) and of bench/wakeups.mjs. Also the module that child processes load. */
import { defineWorkflow } from "holdfast";
import { z } from "zod";

function compute(ms) {
  const untilMs = performance.now() + ms;
  let rounds = 0;
  while (performance.now() < untilMs) rounds++;
  return rounds > 0;
}

export const computing = defineWorkflow({
  name: "computing",
  input: z.object({ stages: z.number().int(), computeMs: z.number() }),
  async run({ input, stage }) {
    for (let i = 1; i <= input.stages; i++) await stage(`compute-${i}`, () => compute(input.computeMs));
    return null;
  },
});

/** One stage; its output is the instant at which the function returned, on a clock that processes share. */
export const brief = defineWorkflow({
  name: "brief",
  input: z.object({}),
  async run({ stage }) {
    await stage("only", () => true);
    return performance.timeOrigin + performance.now();
  },
});

export default [computing, brief];
