/** Durable workflows in PostgreSQL. */
import { OpenWorkflow } from "openworkflow";
import { BackendPostgres } from "openworkflow/postgres";
import { countdown, inThousands, inTurn, measureStarts } from "./shared.mjs";

async function open(url) {
  const backend = await BackendPostgres.connect(url);
  return { backend, client: new OpenWorkflow({ backend }) };
}

export async function w1({ url, runs }) {
  const { backend, client } = await open(url);
  const { one, whole } = countdown(runs);
  const noop = client.defineWorkflow({ name: "noop" }, async () => one());
  const result = await inTurn(
    () => inThousands(runs, (some) => Promise.all(Array.from({ length: some }, () => noop.run({})))),
    async () => {
      const worker = client.newWorker({ concurrency: 64 });
      await worker.start();
      await whole;
      await worker.stop();
    },
  );
  await backend.stop();
  return result;
}

export async function w2({ url, runs, stages, atATime }) {
  const { backend, client } = await open(url);
  const { one, whole } = countdown(runs);
  const steps = client.defineWorkflow({ name: "steps" }, async ({ step }) => {
    for (let at = 0; at < stages; at++) await step.run({ name: `stage-${at}` }, async () => at);
    one();
  });
  for (let at = 0; at < runs; at++) await steps.run({});
  const worker = client.newWorker({ concurrency: atATime });
  const startedAt = performance.now();
  await worker.start();
  await whole;
  await worker.stop();
  const ms = performance.now() - startedAt;
  await backend.stop();
  return ms;
}

export async function w5({ url, starts }) {
  const { backend, client } = await open(url);
  let begun = () => {};
  const greet = client.defineWorkflow({ name: "greet" }, async () => begun());
  const worker = client.newWorker({ concurrency: 4 });
  await worker.start();
  const took = await measureStarts(
    starts,
    () => greet.run({}),
    (listener) => {
      begun = listener;
    },
  );
  await worker.stop();
  await backend.stop();
  return took;
}
