/**
 * Every client ends with exactly the store's history, over broken lines, beside servers that drop hints and restart, and beside a Redis
 * that is killed. `SEED=7` draws the same line again; `LONG=1` is ten times the events and clients.
 */
import { describe, test } from "vitest";
import { playLossy } from "./lossy-play.js";
import { findRestartedRedis } from "./redis-process.js";

const IS_LONG = process.env.LONG === "1";
const SEED = Number(process.env.SEED ?? 20_261_129);
const EVENT_COUNT = IS_LONG ? 10_000 : 2_500;
/** The long form takes minutes; the short one, the default of all tests. */
const OPTIONS = IS_LONG ? { timeout: 1_200_000 } : {};
const REDIS_EVENT_COUNT = IS_LONG ? 10_000 : 1_000;

test(
  `${EVENT_COUNT} events through broken lines, lost hints and restarts reach every client once and in order (seed ${SEED})`,
  OPTIONS,
  async () => {
    const clientCount = IS_LONG ? 20 : 6;
    await playLossy({ seed: SEED, eventCount: EVENT_COUNT, clientCount, runCount: 10, restartCount: 2 });
  },
);

const redis = await findRestartedRedis();
const title = "problem" in redis ? `over Redis (SKIPPED: ${redis.problem})` : "over Redis";

describe.skipIf("problem" in redis)(title, () => {
  test(
    `${REDIS_EVENT_COUNT} events reach the clients of two servers, Redis killed meanwhile (seed ${SEED})`,
    OPTIONS,
    async () => {
      if ("problem" in redis) throw new Error(redis.problem);
      await using running = await redis.open();
      const [clientCount, runCount] = IS_LONG ? [20, 10] : [4, 4];
      const restartCount = IS_LONG ? 4 : 1;
      await playLossy({
        seed: SEED,
        eventCount: REDIS_EVENT_COUNT,
        clientCount,
        runCount,
        restartCount,
        redis: running,
      });
    },
  );
});
