/**
 * Clients over a line that breaks, beside servers that drop hints and are restarted: each ends with exactly the store's history. With
 * Redis there is a second server over the same file, which hears of changes by Redis alone, while Redis itself is killed and started.
 */
import type { EventFrame } from "@holdfast/client";
import { seededRandom } from "@holdfast/core";
import { createServer as createHoldfastServer, type ServerOptions } from "@holdfast/server";
import { type Holdfast, openHoldfast } from "holdfast";
import { expect } from "vitest";
import { openLossyProxy } from "./lossy-proxy.js";
import type { RestartedRedis } from "./redis-process.js";
import { AUTH, collect, openWorld, talks, until, type World } from "./world.js";

export interface Lossy {
  readonly seed: number;
  readonly eventCount: number;
  readonly clientCount: number;
  readonly runCount: number;
  /** How often the server is restarted, and Redis where there is one, over the whole. */
  readonly restartCount: number;
  readonly redis?: RestartedRedis | undefined;
}

/** Of the hints that tell a server to read a run. */
const LOST_SHARE = 0.3;
/** Of one run, before the next one speaks. */
const TURNS_OF_A_RUN = 25;

export async function playLossy({
  seed,
  eventCount,
  clientCount,
  runCount,
  restartCount,
  redis,
}: Lossy): Promise<void> {
  const random = seededRandom(seed);
  let lost = 0;
  const deaf = (holdfast: Holdfast): Holdfast => ({
    ...holdfast,
    subscribe: (topics, onChange) =>
      holdfast.subscribe(topics, (change) => {
        if (random() < LOST_SHARE) lost += 1;
        else onChange(change);
      }),
  });
  const settings: ServerOptions = redis === undefined ? {} : { redis: { url: redis.url, prefix: "lossy:" } };
  await using proxy = await openLossyProxy(random);
  await using world = await openWorld(
    { allowedHosts: [new URL(proxy.url).host], ...settings },
    redis ? undefined : deaf,
  );
  proxy.leadTo(world.url);
  await using otherProxy = await openLossyProxy(random);
  await using other = redis === undefined ? null : await openOther(world, new URL(otherProxy.url).host, settings);
  if (other !== null) otherProxy.leadTo(other.url);
  const runIds = Array.from({ length: runCount }, (_, i) => `lossy-${i}`);
  for (const runId of runIds) await world.start(runId);
  const links = ["socket", "socket", "stream"] as const;
  const clients = Array.from({ length: clientCount }, (_, i) => {
    const client = world.client({
      url: other !== null && i % 2 === 1 ? otherProxy.url : proxy.url,
      user: "root",
      role: "admin",
      random,
      links: [links[i % links.length] ?? "socket"],
    });
    return runIds.map((runId) => {
      const watch = client.watchRun(runId, { after: 0, keepEvents: 20 });
      return { runId, watch, events: collect(watch) };
    });
  });

  const roundCount = runCount * TURNS_OF_A_RUN;
  const chunk = eventCount / roundCount;
  const every = Math.ceil(roundCount / (restartCount + 1));
  for (let round = 0; round < roundCount; round++) {
    const runId = runIds[round % runCount] ?? "";
    const { head } = await world.holdfast.runs.summary(runId);
    world.say(runId, chunk);
    // The pace of a store that has written the last of them.
    const handle = await world.holdfast.handle(runId);
    for await (const { seq } of handle.events({ after: head, follow: true })) if (seq >= head + chunk) break;
    // Redis is away for a few rounds, at other times than the server.
    if (round % every === Math.floor(every / 3)) await redis?.stop();
    if (round % every === Math.floor(every / 3) + 4) await redis?.start();
    if (round % every === every - 1) await world.restart();
  }
  for (const runId of runIds) world.finish(runId);
  for (const runId of runIds) {
    const handle = await world.holdfast.handle(runId);
    await handle.result();
  }
  proxy.heal();
  otherProxy.heal();

  const histories = new Map<string, readonly EventFrame[]>();
  for (const runId of runIds) {
    const rows: EventFrame[] = [];
    for await (const event of (await world.holdfast.handle(runId)).events()) rows.push(event as unknown as EventFrame);
    histories.set(runId, rows);
  }
  for (const { runId, watch } of clients.flat()) {
    await until(watch, ({ last }) => last === histories.get(runId)?.length, 90_000);
  }
  for (const { runId, watch, events } of clients.flat()) {
    const history = histories.get(runId) ?? [];
    expect(events.map(({ seq }) => seq)).toEqual(history.map((_, place) => place + 1));
    expect(events).toEqual(history);
    // The state may be a moment behind the events: its frame is another one.
    const { run } = await until(watch, (state) => state.run?.status === "completed");
    expect(run?.stages.map(({ status }) => status)).toEqual(["completed", "completed"]);
  }
  // It was a hard way, or nothing was shown.
  expect(proxy.cuts() + otherProxy.cuts()).toBeGreaterThan(clientCount);
  if (redis === undefined) expect(lost).toBeGreaterThan(10);
  else expect(redis.stopCount()).toBe(restartCount + 1);
}

/** A server of another Holdfast over the same file. The store tells it nothing, so that what it hears came over Redis. */
async function openOther(
  world: World,
  allowedHost: string,
  settings: ServerOptions,
): Promise<AsyncDisposable & { readonly url: string }> {
  const holdfast = await openHoldfast({
    url: `sqlite:${world.dataDir}/holdfast.db`,
    dataDir: world.dataDir,
    workflows: [talks],
  });
  const deaf = { ...holdfast, subscribe: () => () => undefined };
  const options = { port: 0, logLevel: "silent", rateLimit: false, auth: AUTH, allowedHosts: [allowedHost] } as const;
  const server = await createHoldfastServer(deaf, { ...options, ...settings });
  const { url } = await server.listen();
  return {
    url,
    async [Symbol.asyncDispose]() {
      await server.close();
      await holdfast.close();
    },
  };
}
