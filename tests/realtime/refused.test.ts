/** What is refused at the door and at each frame: the server goes on for everybody else, and the audit says what was tried. */
import { once } from "node:events";
import { request } from "node:http";
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorld, tokenOf, until, type World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.start("anns", "ann");
});
afterAll(() => world[Symbol.asyncDispose]());

const sockets: Socket[] = [];
afterAll(() => {
  for (const socket of sockets) socket.disconnect();
});

function open(auth: object, headers: Record<string, string> = {}): Socket {
  const socket = io(world.url, {
    path: "/api/realtime",
    transports: ["websocket"],
    auth,
    extraHeaders: headers,
    reconnection: false,
    forceNew: true,
  });
  sockets.push(socket);
  return socket;
}

async function connected(user: string, role = "operator"): Promise<Socket> {
  const socket = open({ token: tokenOf(user, role) });
  await once(socket as unknown as NodeJS.EventEmitter, "connect");
  return socket;
}

/** The code with which a connection is refused. */
const refusal = (socket: Socket) =>
  new Promise<string>((resolve) => {
    socket.once("connect_error", (error: Error & { data?: { problem?: { code?: string } } }) =>
      resolve(error.data?.problem?.code ?? error.message),
    );
  });

const ask = async (socket: Socket, name: string, body: unknown) =>
  (await socket.timeout(5_000).emitWithAck(name, body)) as { kind: string; problem?: { code: string; detail: string } };

const denied = async () => (await world.holdfast.management.audit({ action: "denied", limit: 500 })).rows;

/** The server answers who may ask, whatever somebody else sends. */
async function isAlive(): Promise<void> {
  const socket = await connected("ann");
  expect(await ask(socket, "sync", { runId: "anns", after: null })).toMatchObject({ kind: "snapshot" });
  socket.disconnect();
}

describe("at the door", () => {
  test.each([
    ["nothing", {}],
    ["a token that is none", { token: "abc" }],
    ["a token that has expired", { token: tokenOf("ann", "operator", -60) }],
    ["something that is no text", { token: { $ne: null } }],
  ])("%s is refused with a problem", async (_, auth) => {
    expect(await refusal(open(auth))).toBe("NOT_AUTHORISED");
    await isAlive();
  });

  test("a page of another origin is refused before anybody looks at its token", async () => {
    const socket = open({ token: tokenOf("ann") }, { origin: "https://elsewhere.example" });
    expect(await refusal(socket)).toBe("websocket error");
    await isAlive();
    expect((await denied()).map(({ reason }) => reason).join("\n")).toContain("elsewhere.example");
  });

  test("a cookie counts only with an origin of ours", async () => {
    const answer = await fetch(`${world.url}/session`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-holdfast-request": "1" },
      body: JSON.stringify({ token: tokenOf("ann") }),
    });
    const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(await refusal(open({}, { cookie }))).toBe("ORIGIN_REFUSED");
    const socket = open({}, { cookie, origin: world.url });
    await once(socket as unknown as NodeJS.EventEmitter, "connect");
    expect(await ask(socket, "sync", { runId: "anns", after: null })).toMatchObject({ kind: "snapshot" });
  });

  test("long polling is not spoken", async () => {
    const answer = await fetch(`${world.url}/api/realtime/?EIO=4&transport=polling`);
    expect(answer.status).toBe(400);
  });

  test("an upgrade that is cut off in the middle leaves the server to others", async () => {
    const half = request(`${world.url}/api/realtime/?EIO=4&transport=websocket`, {
      headers: { connection: "Upgrade", upgrade: "websocket" },
    });
    half.on("error", () => undefined);
    half.end();
    await once(half, "socket");
    half.destroy();
    await isAlive();
  });
});

describe("a frame", () => {
  test("to join somebody else's run or list is refused as if there were none, and audited; an admin's is not", async () => {
    const bob = await connected("bob");
    for (const [name, body] of [
      ["sync", { runId: "anns", after: 0 }],
      ["join", { room: "run:anns" }],
      ["join", { room: "job:anns" }],
      ["join", { room: "user:ann" }],
      ["join", { room: "user:*" }],
    ] as const) {
      expect(await ask(bob, name, body), JSON.stringify(body)).toMatchObject({
        kind: "refused",
        problem: { code: "RUN_NOT_FOUND" },
      });
    }
    expect(await ask(bob, "sync", { runId: "no-such-run", after: 0 })).toMatchObject({
      kind: "refused",
      problem: { code: "RUN_NOT_FOUND" },
    });
    const heard: unknown[] = [];
    bob.onAny((name) => heard.push(name));
    const root = await connected("root", "admin");
    expect(await ask(root, "join", { room: "job:anns" })).toEqual({ kind: "done" });
    expect(await ask(root, "join", { room: "user:*" })).toEqual({ kind: "done" });
    world.say("anns", 3);
    await once(root as unknown as NodeJS.EventEmitter, "run:events");
    expect(heard).toEqual([]);
    const tried = (await denied()).filter(({ actor, runId }) => actor.id === "bob" && runId === "anns");
    expect(tried.length).toBe(3);
  });

  test.each([
    ["of an unknown name", "drop-all", {}],
    ["without a body", "sync", undefined],
    ["with a field too many", "sync", { runId: "anns", after: 0, extra: 1 }],
    ["with a number below none", "sync", { runId: "anns", after: -1 }],
    ["with a path for an id", "sync", { runId: "../../etc/passwd", after: 0 }],
    ["with a room that is none", "join", { room: "everything" }],
    ["with bytes for a body", "join", new Uint8Array([1, 2, 3])],
    ["with a name of an object's", "constructor", {}],
  ])("%s is answered with what does not fit", async (_, name, body) => {
    const socket = await connected("ann");
    expect(await ask(socket, name, body)).toMatchObject({ kind: "refused", problem: { code: "REQUEST_MALFORMED" } });
    expect(await ask(socket, "sync", { runId: "anns", after: 0 })).toMatchObject({ kind: "replay" });
    socket.disconnect();
  });

  test("that is too large ends the connection, and is audited", async () => {
    const socket = await connected("large");
    socket.emit("join", { room: `user:${"x".repeat(40_000)}` });
    await once(socket as unknown as NodeJS.EventEmitter, "disconnect");
    await isAlive();
    await auditHas("large", /more than 16384 bytes/);
  });

  test("after frame without a rest is refused, and who goes on is disconnected", async () => {
    const socket = await connected("noisy");
    const gone = once(socket as unknown as NodeJS.EventEmitter, "disconnect");
    for (let i = 0; i < 600; i++) socket.emit("leave", { room: "run:anns" });
    await gone;
    await isAlive();
    await auditHas("noisy", /too many frames/);
  });

  test("that does not fit, twenty times over, ends the connection", async () => {
    const socket = await connected("fuzzer");
    const gone = once(socket as unknown as NodeJS.EventEmitter, "disconnect");
    for (let i = 0; i < 30; i++) socket.emit(`frame-${i}`, { i });
    await gone;
    await auditHas("fuzzer", /too many invalid frames/);
  });
});

async function auditHas(user: string, text: RegExp): Promise<void> {
  const rows = async () => (await denied()).filter(({ actor }) => actor.id === user).map(({ reason }) => reason ?? "");
  await expect.poll(async () => (await rows()).join("\n"), { timeout: 10_000 }).toMatch(text);
}

describe("a credential", () => {
  test("that expires ends the connection; one that is renewed before does not, and nobody becomes another", async () => {
    // A minute is allowed for clocks that differ: both have three seconds of it left.
    const short = open({ token: tokenOf("ann", "operator", -57) });
    await once(short as unknown as NodeJS.EventEmitter, "connect");
    const kept = open({ token: tokenOf("ann", "operator", -57) });
    await once(kept as unknown as NodeJS.EventEmitter, "connect");
    expect(await ask(kept, "renew", { token: tokenOf("bob") })).toMatchObject({ kind: "refused" });
    expect(await ask(kept, "renew", { token: "abc" })).toMatchObject({ kind: "refused" });
    expect(await ask(kept, "renew", { token: tokenOf("ann", "operator", 3_600) })).toEqual({ kind: "done" });
    await once(short as unknown as NodeJS.EventEmitter, "disconnect");
    expect(await ask(kept, "sync", { runId: "anns", after: 0 })).toMatchObject({ kind: "replay" });
  });

  test("that is stale when a page opens is renewed by the client, which asks for a token at each try", async () => {
    const tokens = [tokenOf("ann", "operator", -60), tokenOf("ann")];
    const client = world.client({ links: ["socket"], token: () => tokens.shift() ?? tokenOf("ann") });
    const watch = client.watchRun("anns");
    await until(client.connection, ({ kind }) => kind === "refused");
    client.pause();
    client.resume();
    await until(watch, ({ kind }) => kind === "ready");
    client.close();
  });
});
