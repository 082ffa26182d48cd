/** Durable workflows in PostgreSQL. W1 over a queue of its own; W2 and W5 in this process, its quicker way. */
import { DBOS } from "@dbos-inc/dbos-sdk";
import { inThousands, inTurn, measureStarts } from "./shared.mjs";

const noop = DBOS.registerWorkflow(async () => null, { name: "noop" });
const steps = DBOS.registerWorkflow(
  async (stages) => {
    for (let at = 0; at < stages; at++) await DBOS.runStep(async () => at, { name: `stage-${at}` });
  },
  { name: "steps" },
);
let begun = () => {};
const greet = DBOS.registerWorkflow(async () => begun(), { name: "greet" });

async function launch(url) {
  DBOS.setConfig({ name: "bench", systemDatabaseUrl: url, logLevel: "error", runAdminServer: false });
  await DBOS.launch();
}

export async function w1({ url, runs }) {
  await launch(url);
  await DBOS.registerQueue("bench", { workerConcurrency: 64, minPollingIntervalMs: 10 });
  const handles = [];
  const result = await inTurn(
    () =>
      inThousands(runs, async (some) => {
        const start = () => DBOS.startWorkflow(noop, { queueName: "bench" })();
        handles.push(...(await Promise.all(Array.from({ length: some }, start))));
      }),
    () => Promise.all(handles.map((handle) => handle.getResult())),
  );
  await DBOS.shutdown();
  return result;
}

export async function w2({ url, runs, stages, atATime }) {
  await launch(url);
  let left = runs;
  const startedAt = performance.now();
  const lane = async () => {
    while (left-- > 0) await (await DBOS.startWorkflow(steps)(stages)).getResult();
  };
  await Promise.all(Array.from({ length: atATime }, lane));
  const ms = performance.now() - startedAt;
  await DBOS.shutdown();
  return ms;
}

export async function w5({ url, starts }) {
  await launch(url);
  const took = await measureStarts(
    starts,
    async () => (await DBOS.startWorkflow(greet)()).getResult(),
    (listener) => {
      begun = listener;
    },
  );
  await DBOS.shutdown();
  return took;
}
