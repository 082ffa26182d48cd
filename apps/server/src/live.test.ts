/** A server that listens: streams, figures, probes, stopping. */
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createHoldfast, defineWorkflow } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createServer, type HoldfastServer } from "./server.js";
import { STREAMS_PER_CALLER_MAX } from "./streams/stream-places.js";
import { brief, gate, held, type Json, openWorld } from "./testing/world.fixture.js";

/** More events than several pages of a stream hold. */
const talks = defineWorkflow({
  name: "talks",
  input: z.object({}),
  run: async ({ stage }) => {
    await stage("first", ({ log }) => {
      for (let i = 0; i < 450; i++) log(`line ${i}`);
      return null;
    });
    return stage("second", ({ log }) => {
      for (let i = 0; i < 250; i++) log(`line ${i}`);
      return null;
    });
  },
});

const folders: string[] = [];
const servers: HoldfastServer[] = [];
async function listen() {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-live-"));
  folders.push(dataDir);
  const store = await openSqliteStore({ file: ":memory:" });
  const holdfast = createHoldfast({ store, dataDir, workflows: [brief, held, talks], stageFiles: false });
  const server = await createServer(holdfast, { port: 0, logLevel: "silent" });
  servers.push(server);
  const listening = await server.listen();
  const token = listening.openUrl?.split("#t=")[1] ?? "";
  const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${listening.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { holdfast, server, listening, token, ask };
}

let live: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  live = await listen();
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await live.holdfast.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

interface Frame {
  readonly id: number;
  readonly event: string;
  readonly data: Json;
}

/** The frames of a stream as they come. */
async function* framesOf(answer: Response): AsyncIterable<Frame> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(part, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split("\n")
          .map((line) => line.split(/: (.*)/s).slice(0, 2)),
      );
      text = text.slice(end + 2);
      if (fields.id !== undefined) yield { id: Number(fields.id), event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

const stream = (path: string, headers: Record<string, string> = {}) =>
  live.ask("GET", path, undefined, { accept: "text/event-stream", ...headers });

describe("the stream of events", () => {
  test("tells what was and what comes, over a pause, numbered without a gap, until the run has ended", async () => {
    await live.ask("POST", "/api/runs", { workflow: "held", input: {}, runId: "streamed" });
    const answer = await stream("/api/runs/streamed/events");
    expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(answer.headers.get("x-accel-buffering")).toBe("no");
    const stopped = new AbortController();
    const working = live.holdfast.work({ signal: stopped.signal });
    const seen: Frame[] = [];
    for await (const frame of framesOf(answer)) {
      seen.push(frame);
      if (frame.event === "stage.started") {
        await live.ask("PUT", "/api/runs/streamed", { action: "pause" });
        gate.dispatchEvent(new Event("open"));
      }
      if (frame.event === "run.paused") await live.ask("PUT", "/api/runs/streamed", { action: "cancel" });
    }
    stopped.abort();
    await working;
    expect(seen.map(({ id }) => id)).toEqual(seen.map((_, i) => i + 1));
    expect(seen.map(({ event }) => event)).toEqual([
      "run.created",
      "run.claimed",
      "stage.started",
      "run.paused",
      "run.cancelled",
    ]);
    expect(seen.at(-1)?.data).toMatchObject({ runId: "streamed", seq: 5, type: "run.cancelled" });
  });

  test("goes on after Last-Event-ID; 204 when nothing more will come", async () => {
    const ids: number[] = [];
    for await (const { id } of framesOf(await stream("/api/runs/streamed/events", { "last-event-id": "3" })))
      ids.push(id);
    expect(ids).toEqual([4, 5]);
    expect((await stream("/api/runs/streamed/events", { "last-event-id": "5" })).status).toBe(204);
    expect((await stream("/api/runs/nothing/events")).status).toBe(404);
  });
});

describe("figures", () => {
  test("have the documented names and labels, and never a run's id", async () => {
    const { holdfast, ask, server } = live;
    await ask("POST", "/api/runs", { workflow: "brief", input: { topic: "x" }, runId: "measured-run" });
    await holdfast.work({ untilIdle: true, workflows: ["brief"], onRun: server.onRun });
    const text = await (await ask("GET", "/metrics")).text();
    for (const line of [
      /^holdfast_runs_total\{workflow="brief",outcome="completed"\} 1$/m,
      /^holdfast_run_duration_seconds_bucket\{le="1",workflow="brief",outcome="completed"\} 1$/m,
      /^holdfast_runs_active\{workflow="all",status="queued"\} 0$/m,
      /^holdfast_runs_stalled\{workflow="brief"\} 0$/m,
      /^holdfast_queue_depth\{queue="default",state="ready"\} 0$/m,
      /^holdfast_queue_oldest_waiting_seconds\{queue="default"\} 0$/m,
      /^holdfast_worker_slots\{pool="default",state="free"\} \d+$/m,
      /^holdfast_db_size_bytes\{file="main"\} \d{4,}$/m,
      /^holdfast_http_request_duration_seconds_count\{route="\/api\/runs",method="POST",status_class="2xx"\} 2$/m,
      /^holdfast_build_info\{version="[\d.]+",node="v[\d.]+"\} 1$/m,
      /^nodejs_eventloop_lag_p99_seconds /m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(text).not.toMatch(/measured-run|streamed/);
    for (const [, name = "", labels = ""] of text.matchAll(/^(holdfast_\w+)\{([^}]*)\}/gm)) {
      expect(`${name} ${labels}`).not.toMatch(/run_?id=|user=|owner=/i);
    }
  });

  test("of the store are read once in 15 s, however often they are scraped", async () => {
    let nowMs = 1_000_000;
    const { holdfast, json, ask } = await openWorld({ nowMs: () => nowMs });
    const active = async () =>
      (await ask("GET", "/metrics")).body.match(/holdfast_runs_active\{workflow="all",status="queued"\} (\d+)/)?.[1];
    expect(await active()).toBe("0");
    await json(201, "POST", "/api/runs", { body: { workflow: "brief", input: { topic: "x" } } });
    nowMs += 14_999;
    expect(await active()).toBe("0");
    nowMs += 1;
    expect(await active()).toBe("1");
    expect((await holdfast.management.stats()).active.queued).toBe(1);
  });
});

describe("probes", () => {
  test("say without a token that the process answers and the store can be written; nothing else", async () => {
    const bare = (path: string) => fetch(`${live.listening.url}${path}`);
    expect(await (await bare("/healthz")).json()).toEqual({ status: "ok" });
    expect(await (await bare("/readyz")).json()).toEqual({ status: "ready" });
    expect((await bare("/metrics")).status).toBe(401);
  });

  test("a store that cannot be written is not ready", async () => {
    const { holdfast, ask } = await openWorld();
    await holdfast.store.close();
    const answer = await ask("GET", "/readyz", { as: "nobody" });
    expect([answer.statusCode, answer.json()]).toEqual([503, { status: "unwritable" }]);
    expect((await ask("GET", "/healthz", { as: "nobody" })).statusCode).toBe(200);
  });
});

describe("listening", () => {
  test("answers for the port it got, under each name of this machine, and no other", async () => {
    const { port } = live.listening;
    const statusFor = (host: string) =>
      new Promise<number>((resolve, reject) => {
        const asked = request({ port, host: "127.0.0.1", path: "/healthz", headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        asked.on("error", reject).end();
      });
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`])
      expect(await statusFor(host)).toBe(200);
    for (const host of ["127.0.0.1", "127.0.0.1:4680", `evil.example:${port}`]) expect(await statusFor(host)).toBe(403);
  });

  test("a port that is taken is refused with the cure", async () => {
    const second = await createServer(live.holdfast, { port: live.listening.port, logLevel: "silent" });
    await expect(second.listen()).rejects.toMatchObject({
      code: "PORT_UNUSABLE",
      message: expect.stringContaining("another process"),
    });
    await second.close();
  });

  test("stopping ends streams, answers what is under way, takes nothing new", async () => {
    const { ask, server, holdfast, listening } = await listen();
    await ask("POST", "/api/runs", { workflow: "held", input: {}, runId: "left" });
    const answer = await ask("GET", "/api/runs/left/events", undefined, { accept: "text/event-stream" });
    const frames: Frame[] = [];
    const streamed = (async () => {
      for await (const frame of framesOf(answer)) {
        frames.push(frame);
        // The first frame is here: the stream is open when the server stops.
        void server.close();
      }
    })();
    await streamed;
    await server.close();
    expect(frames).toHaveLength(1);
    await expect(fetch(`${listening.url}/healthz`)).rejects.toThrow();
    await holdfast.close();
  });
});

test("a hundred runs are created at once, each once", async () => {
  const { ask } = live;
  const answers = await Promise.all(
    Array.from({ length: 120 }, (_, i) =>
      ask("POST", "/api/runs", { workflow: "brief", input: { topic: `${i}` }, runId: `many-${i}` }),
    ),
  );
  expect(answers.every(({ status }) => status === 201)).toBe(true);
  const counts = (await (await ask("GET", "/api/management?limit=1")).json()) as Json;
  expect(counts.active.queued).toBe(120);
});

describe("streams of many events", () => {
  let own: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    own = await listen();
  });
  afterAll(async () => {
    await own.server.close();
    await own.holdfast.close();
  });
  const stream = (path: string) => own.ask("GET", path, undefined, { accept: "text/event-stream" });
  const idsOf = async (answer: Response) => {
    const ids: number[] = [];
    for await (const { id } of framesOf(answer)) ids.push(id);
    return ids;
  };
  const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i + 1);

  test("tell each event once and in order, to many readers, from wherever each begins, while they are written", async () => {
    const { holdfast, ask } = own;
    await ask("POST", "/api/runs", { workflow: "talks", input: {}, runId: "talked" });
    const reading = [0, 0, 1, 199, 200, 201, 399, 420].map(async (after) => {
      return [after, await idsOf(await stream(`/api/runs/talked/events?after=${after}`))] as const;
    });
    await holdfast.work({ untilIdle: true, workflows: ["talks"] });
    const { head } = (await (await ask("GET", "/api/runs/talked")).json()) as Json;
    expect(head).toBeGreaterThan(700);
    for (const [after, ids] of await Promise.all(reading)) expect(ids, `after ${after}`).toEqual(upTo(after, head));
    expect(await idsOf(await stream("/api/runs/talked/events"))).toEqual(upTo(0, head));
  });

  test("with a filter tell what fits it, over pages that hold nothing of it", async () => {
    const { rows } = (await (await own.ask("GET", "/api/runs/talked/events?type=stage.completed")).json()) as Json;
    const expected = rows.map(({ seq }: Json) => seq);
    expect(expected).toHaveLength(2);
    expect(await idsOf(await stream("/api/runs/talked/events?type=stage.completed"))).toEqual(expected);
    const lines = await idsOf(await stream("/api/runs/talked/events?type=log&stage=second"));
    expect(lines).toHaveLength(250);
  });

  test("are as many as one caller may have; the place of one that was left is free", async () => {
    const { ask } = own;
    await ask("POST", "/api/runs", { workflow: "talks", input: {}, runId: "watched" });
    const answers: IncomingMessage[] = [];
    const open = async () => {
      const headers = { authorization: `Bearer ${own.token}`, accept: "text/event-stream" };
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(`${own.listening.url}/api/runs/watched/events`, { headers, agent: false }, resolve)
          .on("error", reject)
          .end();
      });
      answers.push(answer);
      return answer;
    };
    for (let i = 0; i < STREAMS_PER_CALLER_MAX; i++) expect((await open()).statusCode).toBe(200);
    const refused = await open();
    expect(refused.statusCode).toBe(429);
    expect(await text(refused)).toContain(`has ${STREAMS_PER_CALLER_MAX} open event streams`);
    answers[0]?.destroy();
    // The server learns of it from the socket.
    await expect.poll(async () => (await open()).statusCode).toBe(200);
    for (const answer of answers) answer.destroy();
    await ask("PUT", "/api/runs/watched", { action: "cancel" });
  });
});
