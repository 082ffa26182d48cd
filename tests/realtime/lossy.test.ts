/**
 * Clients over a line that breaks, of a server that drops hints and is restarted: each ends with exactly the store's
 * history. `SEED=7` repeats the same breaks; `LONG=1` is ten times the events and clients.
 */
import type { EventFrame } from "@holdfast/client";
import type { Holdfast } from "holdfast";
import { expect, test } from "vitest";
import { openLossyProxy, seeded } from "./lossy-proxy.js";
import { collect, openWorld, until } from "./world.js";

const IS_LONG = process.env.LONG === "1";
const SEED = Number(process.env.SEED ?? 20_261_129);
const RUN_COUNT = 10;
const EVENT_COUNT = IS_LONG ? 10_000 : 2_500;
const CLIENT_COUNT = IS_LONG ? 20 : 6;
const RESTART_COUNT = 2;
/** The share of lost hints: a hint tells a server to read a run. */
const LOST_SHARE = 0.3;

test(`${EVENT_COUNT} events through broken lines, lost hints and restarts reach every client once and in order (seed ${SEED})`, async () => {
  const random = seeded(SEED);
  let lost = 0;
  const deaf = (holdfast: Holdfast): Holdfast => ({
    ...holdfast,
    subscribe: (topics, onChange) =>
      holdfast.subscribe(topics, (change) => {
        if (random() < LOST_SHARE) lost += 1;
        else onChange(change);
      }),
  });
  await using proxy = await openLossyProxy(random);
  await using world = await openWorld({ allowedHosts: [new URL(proxy.url).host] }, deaf);
  proxy.leadTo(world.url);
  const runIds = Array.from({ length: RUN_COUNT }, (_, i) => `lossy-${i}`);
  for (const runId of runIds) await world.start(runId);
  const links = ["socket", "socket", "stream"] as const;
  const clients = Array.from({ length: CLIENT_COUNT }, (_, i) => {
    const client = world.client({
      url: proxy.url,
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

  const chunk = EVENT_COUNT / RUN_COUNT / 25;
  for (let said = 0, round = 0; said < EVENT_COUNT; said += chunk, round++) {
    const runId = runIds[round % RUN_COUNT] ?? "";
    const { head } = await world.holdfast.runs.summary(runId);
    world.say(runId, chunk);
    // The pace of a store that has written the last of them.
    const handle = await world.holdfast.handle(runId);
    for await (const { seq } of handle.events({ after: head, follow: true })) if (seq >= head + chunk) break;
    if (round % Math.ceil(250 / (RESTART_COUNT + 1)) === 80) await world.restart();
  }
  for (const runId of runIds) world.finish(runId);
  for (const runId of runIds) {
    const handle = await world.holdfast.handle(runId);
    await handle.result();
  }
  proxy.heal();

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
    expect(watch.get().run?.status).toBe("completed");
    expect(watch.get().run?.stages.map(({ status }) => status)).toEqual(["completed", "completed"]);
  }
  // Without enough cuts the test would show nothing.
  expect(proxy.cuts()).toBeGreaterThan(CLIENT_COUNT);
  expect(lost).toBeGreaterThan(10);
});
