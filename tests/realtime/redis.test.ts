/**
 * Hints over a real Redis: a server whose own store gives it no hints learns of another server's changes through Redis,
 * and a restart of Redis loses no event. Redis is the one on the PATH, or Debian's package; without either the tests
 * are skipped by name.
 */
import { createHoldfastClient } from "@holdfast/client";
import { createServer as createHoldfastServer } from "@holdfast/server";
import { openHoldfast } from "holdfast";
import { describe, expect, test } from "vitest";
import { findRestartedRedis } from "./redis-process.js";
import { AUTH, collect, openWorld, talks, tokenOf, until } from "./world.js";

const redis = await findRestartedRedis();
const problem = "problem" in redis ? redis.problem : null;
const title = problem === null ? "over Redis" : `over Redis (SKIPPED: ${problem})`;

describe.skipIf(problem !== null)(title, () => {
  test("two servers tell each other of changes, while Redis restarts and without it: no event is missing or twice", async () => {
    if ("problem" in redis) throw new Error(redis.problem);
    await using running = await redis.open();
    const settings = { redis: { url: running.url, prefix: "tests:" } };
    await using world = await openWorld(settings);
    // A second server over the same file, which receives no hints except through Redis.
    const second = await openHoldfast({
      url: `sqlite:${world.dataDir}/holdfast.db`,
      dataDir: world.dataDir,
      workflows: [talks],
    });
    const deaf = { ...second, subscribe: () => () => undefined };
    const server = await createHoldfastServer(deaf, { port: 0, logLevel: "silent", auth: AUTH, ...settings });
    const { url } = await server.listen();
    const client = createHoldfastClient({ url, token: tokenOf("ann"), links: ["socket"] });
    try {
      await world.start("told");
      const watch = client.watchRun("told", { after: 0 });
      const events = collect(watch);
      await until(watch, ({ kind }) => kind === "ready");
      const says = async (count: number, withinMs: number) => {
        const { head } = await world.holdfast.runs.summary("told");
        world.say("told", count);
        await until(watch, ({ last }) => last >= head + count, withinMs);
      };
      // The beacon would be later, so what comes sooner came through Redis.
      await says(20, 5_000);
      await running.stop();
      // Found by the beacon, every 15 s.
      await says(20, 40_000);
      await running.start();
      await says(20, 40_000);
      await says(20, 5_000);
      world.finish("told");
      const { head } = await until(
        watch,
        ({ run, last, head }) => run?.status === "completed" && last === head,
        40_000,
      );
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: head }, (_, i) => i + 1));
    } finally {
      client.close();
      await server.close();
      await second.close();
    }
  });
});
