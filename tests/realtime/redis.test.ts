/**
 * Hints over a real Redis: a server whose own store gives it no hints learns of another server's changes through Redis,
 * and a restart of Redis loses no event. Redis is the one on the PATH, or Debian's package; without either the tests
 * are skipped by name.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createHoldfastClient } from "@holdfast/client";
import { createServer as createHoldfastServer } from "@holdfast/server";
import { openHoldfast } from "holdfast";
import { describe, expect, test } from "vitest";
import { findRedis } from "../suite/redis.mjs";
import { collect, openWorld, SECRET, talks, tokenOf, until } from "./world.js";

const redis = await findRedis();
const problem = "problem" in redis ? redis.problem : null;
const title = problem === null ? "over Redis" : `over Redis (SKIPPED: ${problem})`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startRedis(port: number): Promise<ChildProcess> {
  if ("problem" in redis) throw new Error(redis.problem);
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn(redis.program, args, { env: redis.env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const part of child.stdout) {
    text += String(part);
    if (text.includes("Ready to accept connections")) break;
  }
  child.stdout.resume();
  return child;
}

async function stopRedis(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

describe.skipIf(problem !== null)(title, () => {
  test("two servers notify each other of changes, while Redis restarts and without it: no event is missing or repeated", async () => {
    const port = await freePort();
    let child = await startRedis(port);
    const settings = { redis: { url: `redis://127.0.0.1:${port}`, prefix: "tests:" } };
    await using world = await openWorld(settings);
    // A second server over the same file, which receives no hints except through Redis.
    const second = await openHoldfast({
      url: `sqlite:${world.dataDir}/holdfast.db`,
      dataDir: world.dataDir,
      workflows: [talks],
    });
    const auth = { jwt: { issuer: "tests", audience: "holdfast", algorithm: "HS256" as const, secret: SECRET } };
    const deaf = { ...second, subscribe: () => () => undefined };
    const server = await createHoldfastServer(deaf, { port: 0, logLevel: "silent", auth, ...settings });
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
      await stopRedis(child);
      // Found by the beacon, every 15 s.
      await says(20, 40_000);
      child = await startRedis(port);
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
      await stopRedis(child);
    }
  });
});
