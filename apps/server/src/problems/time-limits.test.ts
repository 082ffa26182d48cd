/** A store that is held, a client that dawdles: everybody is answered in time, and nothing is done by half. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { HOST, type Json, openWorld, type World } from "../testing/world.fixture.js";

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A process of its own: where the store uses another SQLite library, a lock taken in this one would not be seen. */
const LOCK_HOLDER = fileURLToPath(new URL("../testing/lock-holder.fixture.mjs", import.meta.url));

/** A server over a file, and somebody else who keeps the file's write lock until they let go. */
async function openHeld(limits: { readonly answerMs: number; readonly busyTimeoutMs: number }) {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-held-"));
  folders.push(folder);
  const file = join(folder, "held.db");
  const { answerMs, busyTimeoutMs } = limits;
  const world = await openWorld({ store: { file, busyTimeoutMs }, limits: { answerMs } });
  await world.json(201, "POST", "/api/runs", { body: bodyOf("before") });
  const other = spawn(process.execPath, [LOCK_HOLDER, file], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void other.kill("SIGKILL"));
  const hears = async (word: string) => {
    const [said] = await Promise.race([once(other.stdout, "data"), once(other, "exit")]);
    expect(String(said)).toBe(`${word}\n`);
  };
  await hears("held");
  const letGo = async () => {
    other.stdin.write("go\n");
    await hears("free");
  };
  return { world, letGo };
}

const bodyOf = (runId: string) => ({ workflow: "brief", input: { topic: "tides" }, runId });
const create = (world: World, runId: string, status: number): Promise<Json> =>
  world.json(status, "POST", "/api/runs", { body: bodyOf(runId), headers: { "idempotency-key": runId } });

test("a handler that does not answer in time is answered for: 503 with a cure; what it began is done whole, once; streams go on", async () => {
  // The other requests of this test keep the limit too, also where the machine is busy.
  const { world, letGo } = await openHeld({ answerMs: 2_000, busyTimeoutMs: 120_000 });
  const stream = await follow(world, await listen(world), "before");
  expect(stream.status).toBe(200);
  await stream.says(/event: run\.created/);
  const answer = await world.ask("POST", "/api/runs", {
    body: bodyOf("late"),
    headers: { "idempotency-key": "late" },
  });
  expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "1"]);
  expect(answer.headers["content-type"]).toContain("application/problem+json");
  expect(answer.json()).toMatchObject({ code: "ANSWER_TIMED_OUT", retryable: true, details: { limitMs: 2_000 } });
  expect(answer.json().suggestions[0].label).toMatch(/Idempotency-Key/);
  expect((await world.ask("PUT", "/api/runs/before", { body: { action: "cancel" } })).statusCode).toBe(503);
  // Readers do not wait for writers.
  expect(await world.json(200, "GET", "/api/runs/before")).toMatchObject({ status: "queued" });
  await letGo();
  // What the cure says, until there is an answer: on a busy machine two seconds may still be too short.
  const again = async (): Promise<Json> => {
    const told = await world.ask("POST", "/api/runs", {
      body: bodyOf("late"),
      headers: { "idempotency-key": "late" },
    });
    return told.statusCode === 503 ? again() : told.json();
  };
  expect((await again()).id).toBe("late");
  const { rows } = await world.json(200, "GET", "/api/runs/late/events");
  expect(rows.map((row: Json) => row.type)).toEqual(["run.created"]);
  expect(await world.json(200, "GET", "/api/runs/before")).toMatchObject({ status: "cancelled" });
  // It began before what was cut off, and is not.
  await stream.says(/event: run\.cancelled/);
});

test("a write that waits too long for another process gives up before, and nothing of it is written", async () => {
  const { world, letGo } = await openHeld({ answerMs: 60_000, busyTimeoutMs: 100 });
  expect(await create(world, "never", 503)).toMatchObject({ code: "STORE_BUSY", retryable: true });
  await letGo();
  expect((await world.ask("GET", "/api/runs/never")).statusCode).toBe(404);
  await create(world, "never", 201);
});

test("a request whose head or body does not arrive is cut off with 408, and others are answered meanwhile", async () => {
  const world = await openWorld({ limits: { arrivalMs: 300, checkMs: 50 } });
  const port = await listen(world);
  const key = `Authorization: Bearer ${world.keys.admin}`;
  const slow = [
    `POST /api/runs HTTP/1.1\r\nHost: ${HOST}\r\nX-Slow: `,
    `POST /api/runs HTTP/1.1\r\nHost: ${HOST}\r\n${key}\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"workflow":`,
  ].map((text) => sendAndWait(port, text));
  expect(await world.json(200, "GET", "/api/runs")).toMatchObject({ rows: [] });
  for (const answer of await Promise.all(slow)) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"REQUEST_TIMED_OUT"');
  }
  expect(await world.json(200, "GET", "/api/runs")).toMatchObject({ rows: [] });
});

test("who sends slowly and never ends their own side is cut off: no socket stays", async () => {
  const world = await openWorld({ limits: { arrivalMs: 200, checkMs: 50 } });
  const port = await listen(world);
  const closed: Promise<unknown>[] = [];
  world.app.server.on("connection", (socket) => closed.push(new Promise((done) => socket.on("close", done))));
  const answers = Array.from({ length: 50 }, () => {
    return new Promise<string>((resolve) => {
      // Half open: the server's end is read, and nothing is ended here.
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () =>
        socket.write("GET / HTTP/1.1\r\nX: "),
      );
      let answer = "";
      socket.setEncoding("utf8").on("data", (part: string) => {
        answer += part;
      });
      socket.on("end", () => resolve(answer));
    });
  });
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(closed).toHaveLength(50);
  await Promise.all(closed);
});

/** A server's port, once it listens. */
async function listen(world: World): Promise<number> {
  await world.app.listen({ port: 0, host: "127.0.0.1" });
  const address = world.app.server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** The events of a run as a stream, and when it has said something. */
async function follow(world: World, port: number, runId: string) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { host: HOST, accept: "text/event-stream", authorization: `Bearer ${world.keys.admin}` };
    get({ port, path: `/api/runs/${runId}/events`, headers }, resolve).on("error", reject);
  });
  let text = "";
  let look = () => {};
  answer.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    look();
  });
  return {
    status: answer.statusCode,
    says: (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        look = () => {
          if (pattern.test(text)) resolve();
        };
        look();
        answer.on("close", () => reject(new Error(`the stream ended with ${text}`)));
      }),
  };
}

function sendAndWait(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}
