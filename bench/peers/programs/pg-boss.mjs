/** Jobs without stages: inserted in bulk, fetched in batches as long as they are full. */
import { PgBoss } from "pg-boss";
import { countdown, inThousands, inTurn, measureStarts } from "./shared.mjs";

async function open(url) {
  const boss = new PgBoss({ connectionString: url, max: 10, useListenNotify: true });
  boss.on("error", () => {});
  await boss.start();
  await boss.createQueue("noop", { notify: true });
  return boss;
}

export async function w1({ url, runs }) {
  const boss = await open(url);
  const { one, whole } = countdown(runs);
  const result = await inTurn(
    () =>
      inThousands(runs, (some) =>
        boss.insert(
          "noop",
          Array.from({ length: some }, () => ({ data: {} })),
        ),
      ),
    async () => {
      const options = { batchSize: 500, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
      await boss.work("noop", options, async (jobs) => {
        for (const _ of jobs) one();
      });
      await whole;
      await boss.stop({ graceful: true });
    },
  );
  return result;
}

export async function w5({ url, starts }) {
  const boss = await open(url);
  let begun = () => {};
  await boss.work("noop", { pollingIntervalSeconds: 0.5 }, async () => begun());
  const took = await measureStarts(
    starts,
    () => boss.send("noop", {}),
    (listener) => {
      begun = listener;
    },
  );
  await boss.stop({ graceful: false });
  return took;
}
