/** The workflow whose stages are measured: nothing but stages, so that what is seen is what a stage costs. */
import { defineWorkflow } from "holdfast";
import { z } from "zod";

export const STAGES = 50;

export const steps = defineWorkflow({
  name: "steps",
  input: z.object({}),
  async run({ stage }) {
    for (let i = 0; i < STAGES; i++) await stage(`stage-${i}`, () => i);
    return STAGES;
  },
});
