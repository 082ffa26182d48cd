/** Jobs without stages, over Redis. */
import { Queue, Worker } from "bullmq";
import { countdown, inThousands, inTurn, measureStarts } from "./shared.mjs";

export async function w1({ redisPort, runs }) {
  const connection = { host: "127.0.0.1", port: redisPort };
  const queue = new Queue("noop", { connection });
  const { one, whole } = countdown(runs);
  const result = await inTurn(
    () => inThousands(runs, (some) => queue.addBulk(Array.from({ length: some }, () => ({ name: "noop", data: {} })))),
    async () => {
      const worker = new Worker("noop", async () => null, { connection, concurrency: 64 });
      worker.on("completed", one);
      await whole;
      await worker.close();
    },
  );
  await queue.close();
  return result;
}

export async function w5({ redisPort, starts }) {
  const connection = { host: "127.0.0.1", port: redisPort };
  const queue = new Queue("greet", { connection });
  let begun = () => {};
  const worker = new Worker("greet", async () => begun(), { connection, concurrency: 4 });
  const took = await measureStarts(
    starts,
    () => queue.add("greet", {}),
    (listener) => {
      begun = listener;
    },
  );
  await worker.close();
  await queue.close();
  return took;
}
