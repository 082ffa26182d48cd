/** Ours, over the url that is given. */
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";
import { inThousands, inTurn, measureStarts } from "./shared.mjs";

const input = z.object({});
/** Node 20 has no `await using`. */
async function withHoldfast({ url, folder }, workflow, work) {
  const holdfast = await openHoldfast({ url, dataDir: folder, workflows: [workflow], stageFiles: false });
  try {
    return await work(holdfast);
  } finally {
    await holdfast.close();
  }
}

export async function w1({ runs, ...where }) {
  const noop = defineWorkflow({ name: "noop", input, stages: [], run: async () => null });
  return withHoldfast(where, noop, (holdfast) =>
    inTurn(
      () => inThousands(runs, (some) => Promise.all(Array.from({ length: some }, () => holdfast.start(noop, {})))),
      () => holdfast.work({ concurrency: 64, untilIdle: true }),
    ),
  );
}

export async function w2({ runs, stages, atATime, ...where }) {
  const steps = defineWorkflow({
    name: "steps",
    input,
    async run({ stage }) {
      for (let at = 0; at < stages; at++) await stage(`stage-${at}`, () => at);
    },
  });
  return withHoldfast(where, steps, async (holdfast) => {
    for (let at = 0; at < runs; at++) await holdfast.start(steps, {});
    const startedAt = performance.now();
    await holdfast.work({ concurrency: atATime, untilIdle: true });
    return performance.now() - startedAt;
  });
}

export async function w5({ starts, ...where }) {
  let begun = () => {};
  const greet = defineWorkflow({ name: "greet", input, stages: [], run: async () => begun() });
  return withHoldfast(where, greet, async (holdfast) => {
    const stop = new AbortController();
    const working = holdfast.work({ concurrency: 4, signal: stop.signal });
    const took = await measureStarts(
      starts,
      async () => (await holdfast.start(greet, {})).result(),
      (listener) => {
        begun = listener;
      },
    );
    stop.abort();
    await working;
    return took;
  });
}
