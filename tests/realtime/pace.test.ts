/**
 * More than a connection can carry, and more than users can see: what is coalesced, who is told that it fell behind,
 * and what the beacon finds.
 */
import { once } from "node:events";
import { FRAME_BYTES_MAX, HEAD_EVERY_MS, ROOMS_MAX } from "@holdfast/protocol";
import type { Holdfast } from "holdfast";
import { io, type Socket } from "socket.io-client";
import { afterAll, describe, expect, test } from "vitest";
import { openStalledLine } from "./stalled-line.js";
import { collect, openWorld, talks, tokenOf, until, type World } from "./world.js";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

const sockets: Socket[] = [];
afterAll(() => {
  for (const socket of sockets) socket.disconnect();
});

async function openSocket(world: World, token = tokenOf("ann")): Promise<Socket> {
  const socket = io(world.url, { path: "/api/realtime", transports: ["websocket"], auth: { token }, forceNew: true });
  sockets.push(socket);
  await once(socket as unknown as NodeJS.EventEmitter, "connect");
  return socket;
}

const ask = async (socket: Socket, name: string, body: unknown) =>
  (await socket.timeout(10_000).emitWithAck(name, body)) as { kind: string; problem?: { code: string } };

describe.concurrent("a run that changes faster than users can see", () => {
  test("is sent in few frames: every event once, and the newest value of the progress", async ({ expect }) => {
    await using world = await openWorld();
    await world.start("fast");
    const socket = await openSocket(world);
    const events: number[] = [];
    const steps: (string | null)[] = [];
    let frames = 0;
    socket.on("run:events", (frame: { events: { seq: number }[] }) => {
      frames += 1;
      events.push(...frame.events.map(({ seq }) => seq));
    });
    socket.on("run:progress", (frame: { progress: { label: string | null } }) => steps.push(frame.progress.label));
    const { head } = (await ask(socket, "sync", { runId: "fast", after: null })) as unknown as { head: number };
    const since = performance.now();
    let said = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        world.say("fast", 10);
        world.step("fast", ++said, 200);
        if (said < 200) return;
        clearInterval(timer);
        resolve();
      }, 10);
    });
    await expect.poll(() => steps.at(-1), { timeout: 60_000 }).toMatch(/200.200/);
    await expect.poll(() => events.length, { timeout: 60_000 }).toBe(2_000);
    const seconds = (performance.now() - since) / 1_000;
    expect(events).toEqual(numbers(2_000).map((seq) => head + seq));
    // At most four values a second, and five reads a second of a busy run, each with as many frames as it has pages.
    expect(steps.length).toBeLessThanOrEqual(4 * seconds + 2);
    expect(frames).toBeLessThanOrEqual(2_000 / 10);
  });
});

describe.concurrent("a socket that reads nothing for a while", () => {
  test("is removed from its rooms, told so when it reads again, and ends with the whole history", async () => {
    await using line = await openStalledLine();
    await using world = await openWorld({ allowedHosts: [new URL(line.url).host] });
    line.leadTo(world.url);
    const runIds = numbers(12).map((n) => `slow-${n}`);
    for (const runId of runIds) await world.start(runId);
    const client = world.client({ url: line.url, links: ["socket"] });
    const watched = runIds.map((runId) => {
      const watch = client.watchRun(runId, { after: 0, keepEvents: 20 });
      return { runId, watch, events: collect(watch) };
    });
    for (const { watch } of watched) await until(watch, ({ kind }) => kind === "ready");
    line.stall();
    // More than the system's buffers hold, and then more frames than the server keeps for one socket.
    const text = " ".repeat(8_000);
    for (let round = 0; round < 60; round++) {
      for (const runId of runIds) world.say(runId, 3, text);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    line.flow();
    for (const runId of runIds) world.finish(runId);
    for (const { runId, watch, events } of watched) {
      const handle = await world.holdfast.handle(runId);
      await handle.result();
      const { head } = await world.holdfast.runs.summary(runId);
      await until(watch, ({ last }) => last === head, 60_000);
      expect(events.map(({ seq }) => seq)).toEqual(numbers(head));
    }
    expect(line.hasSent("run:lagging")).toBe(true);
    expect(client.connection.get().kind).toBe("live");
  });
});

describe.concurrent("a server that receives no hints", () => {
  test("finds the newest event by its beacon, and so does the client", async () => {
    let isDeaf = false;
    const deaf = (holdfast: Holdfast): Holdfast => ({
      ...holdfast,
      subscribe: (topics, onChange) => holdfast.subscribe(topics, (change) => (isDeaf ? undefined : onChange(change))),
    });
    await using world = await openWorld({}, deaf);
    await world.start("quiet");
    const client = world.client({ links: ["socket"] });
    const watch = client.watchRun("quiet");
    await until(watch, ({ kind }) => kind === "ready");
    isDeaf = true;
    world.say("quiet", 1);
    world.finish("quiet");
    await (await world.holdfast.handle("quiet")).result();
    const { head } = await world.holdfast.runs.summary("quiet");
    await until(watch, ({ last, run }) => last === head && run?.status === "completed", 2 * HEAD_EVERY_MS);
  });
});

describe.concurrent("limits", () => {
  test("a frame of the maximum size is read, one byte more is refused; a hundred rooms are joined, one more is not", async () => {
    await using world = await openWorld();
    const runIds = numbers(ROOMS_MAX + 1).map((n) => `room-${n}`);
    for (const runId of runIds) await world.holdfast.start(talks, {}, { runId, owner: "ann" });
    const socket = await openSocket(world);
    // `42["renew",{"token":"…"}]` with the number of its acknowledgement.
    const frame = (bytes: number) => ({ token: "x".repeat(bytes - '4200["renew",{"token":""}]'.length) });
    const read = await ask(socket, "renew", frame(8_000));
    expect(read.problem?.code).toBe("NOT_AUTHORISED");
    const full = await ask(socket, "renew", frame(FRAME_BYTES_MAX));
    expect(full.problem?.code).toBe("REQUEST_MALFORMED");
    const answers: string[] = [];
    for (const runId of runIds) {
      const { kind, problem } = await ask(socket, "join", { room: `run:${runId}` });
      answers.push(problem?.code ?? kind);
      // Forty a second, after the first two hundred.
    }
    expect(answers.filter((answer) => answer === "done")).toHaveLength(ROOMS_MAX);
    expect(answers.at(-1)).toBe("TOO_MANY_REQUESTS");
    expect(await ask(socket, "leave", { room: `run:${runIds[0]}` })).toEqual({ kind: "done" });
    expect(await ask(socket, "join", { room: `run:${runIds.at(-1)}` })).toEqual({ kind: "done" });
    const gone = once(socket as unknown as NodeJS.EventEmitter, "disconnect");
    // Two bytes more than a frame saves without an acknowledgement number.
    socket.emit("renew", frame(FRAME_BYTES_MAX + 4));
    await gone;
    for (const runId of runIds) world.finish(runId);
  });

  test("a credential that expires during a connection is renewed, or another connection takes over: no event is missing or twice", async () => {
    await using world = await openWorld();
    await world.start("expiring");
    let asked = 0;
    // A minute's difference between clocks is allowed: each has two seconds of it left.
    const client = world.client({
      links: ["socket"],
      token: () => {
        asked += 1;
        return tokenOf("ann", "operator", -58);
      },
    });
    const watch = client.watchRun("expiring", { after: 0 });
    const events = collect(watch);
    await until(watch, ({ kind }) => kind === "ready");
    for (let round = 0; round < 30; round++) {
      world.say("expiring", 5);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    world.finish("expiring");
    await (await world.holdfast.handle("expiring")).result();
    const { head } = await world.holdfast.runs.summary("expiring");
    await until(watch, ({ last }) => last === head);
    expect(events.map(({ seq }) => seq)).toEqual(numbers(head));
    // One a second, and none in a loop.
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(40);
  });

  test("a token that is never renewed ends its connection, without a storm of renewals", async () => {
    await using world = await openWorld();
    const token = tokenOf("ann", "operator", -57);
    let renewals = 0;
    const socket = await openSocket(world, token);
    socket.on("auth:expiring", () => {
      renewals += 1;
      ask(socket, "renew", { token }).catch(() => undefined);
    });
    await once(socket as unknown as NodeJS.EventEmitter, "disconnect");
    expect(renewals).toBeGreaterThan(0);
    expect(renewals).toBeLessThan(25);
  });
});
