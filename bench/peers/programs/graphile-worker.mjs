/** Jobs without stages. Settings of its page on performance: a local queue, completions in batches. */
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { countdown, inThousands, inTurn, measureStarts } from "./shared.mjs";

const logger = new Logger(() => () => {});
const preset = { worker: { concurrentJobs: 64, maxPoolSize: 10, localQueue: { size: 500 }, completeJobBatchDelay: 0 } };

export async function w1({ url, runs }) {
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  const { one, whole } = countdown(runs);
  const result = await inTurn(
    () =>
      inThousands(runs, (some) =>
        utils.addJobs(Array.from({ length: some }, () => ({ identifier: "noop", payload: {} }))),
      ),
    async () => {
      const runner = await run({
        connectionString: url,
        logger,
        noHandleSignals: true,
        taskList: { noop: one },
        preset,
      });
      await whole;
      await runner.stop();
    },
  );
  await utils.release();
  return result;
}

export async function w5({ url, starts }) {
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  let begun = () => {};
  const taskList = { greet: () => begun() };
  const runner = await run({
    ...{ connectionString: url, logger, noHandleSignals: true, taskList },
    preset: { worker: { concurrentJobs: 4 } },
  });
  const took = await measureStarts(
    starts,
    () => utils.addJob("greet", {}),
    (listener) => {
      begun = listener;
    },
  );
  await runner.stop();
  await utils.release();
  return took;
}
