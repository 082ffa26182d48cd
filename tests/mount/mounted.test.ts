/**
 * The server mounted in Fastify, Express and Hono, below /a/b: the same answers, the frameworks' own sign-in, a body
 * that a parser has read already, a stream that ends with its reader; and a client, which detects that no socket is
 * available there.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHoldfastClient } from "@holdfast/client";
import express from "express";
import { fastify } from "fastify";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { createHoldfastHandler, type FetchHandler, toNodeHandler } from "holdfast/server";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { collect, until } from "../realtime/world.js";

const echo = defineWorkflow({
  name: "echo",
  input: z.object({ word: z.string() }),
  stages: ["say"],
  run: ({ input, stage }) => stage("say", () => input.word),
});

let holdfast: Holdfast;
let dataDir: string;
const ends: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "holdfast-mounted-"));
  holdfast = await openHoldfast({ url: `sqlite:${join(dataDir, "holdfast.db")}`, dataDir, workflows: [echo] });
});
afterAll(async () => {
  for (const end of ends) await end();
  await holdfast.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** As on a real site: a cookie of the site says who is signed in. */
function handlerAt(basePath: string): FetchHandler {
  const handler = createHoldfastHandler({
    holdfast,
    basePath,
    authorize: (request) => {
      const user = request.headers.get("cookie")?.match(/site_user=(\w+)/)?.[1];
      return user === undefined ? null : { user, role: user === "root" ? "admin" : "operator" };
    },
  });
  ends.push(async () => handler[Symbol.asyncDispose]());
  return handler;
}

type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>;

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ours = { cookie: "site_user=ann", "x-holdfast-request": "1" };
const over =
  (url: string): Ask =>
  (method, path, body, headers = ours) =>
    fetch(`${url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });

const SITES: Readonly<Record<string, () => Promise<{ ask: Ask; url: string | null }>>> = {
  "Express, which takes the path away": async () => {
    const app = express();
    app.use("/a/b", toNodeHandler(handlerAt("/a/b")));
    const url = await listening(createServer(app));
    return { ask: over(url), url };
  },
  "Express after express.json()": async () => {
    const app = express();
    app.use(express.json());
    app.use("/a/b", toNodeHandler(handlerAt("/a/b")));
    const url = await listening(createServer(app));
    return { ask: over(url), url };
  },
  "Express after express.raw()": async () => {
    const app = express();
    app.use(express.raw({ type: "*/*" }));
    app.use("/a/b", toNodeHandler(handlerAt("/a/b")));
    const url = await listening(createServer(app));
    return { ask: over(url), url };
  },
  "Fastify's raw requests, with the whole path and a parsed body": async () => {
    // A keep-alive connection of fetch may be busy when the test ends.
    const app = fastify({ forceCloseConnections: true });
    const handle = toNodeHandler(handlerAt("/a/b"));
    // The path itself, as a user types it, is not below it.
    for (const path of ["/a/b", "/a/b/*"]) {
      app.all(path, (request, reply) => {
        reply.hijack();
        handle(Object.assign(request.raw, { body: request.body }), reply.raw);
      });
    }
    ends.push(async () => app.close());
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { ask: over(url), url };
  },
  "Hono's mount, which takes the path away": async () => {
    const app = new Hono();
    app.mount("/a/b", handlerAt("/a/b"));
    return { ask: async (...call) => app.fetch(requestOf(...call)), url: null };
  },
  "Hono's all, with the whole path": async () => {
    const app = new Hono();
    const handler = handlerAt("/a/b");
    app.all("/a/b/*", (context) => handler(context.req.raw));
    return { ask: async (...call) => app.fetch(requestOf(...call)), url: null };
  },
};

function requestOf(method: string, path: string, body?: unknown, headers: Record<string, string> = ours): Request {
  return new Request(`http://site.example${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

describe.each(Object.entries(SITES))("in %s", (name, open) => {
  const id = (what: string) => `${name.replaceAll(/\W+/g, "-")}-${what}`;
  let site: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    site = await open();
  });

  test("a run is created, found, acted on and removed, at addresses below the path", async () => {
    const runId = id("run");
    const created = await site.ask("POST", "/a/b/api/runs", { workflow: "echo", input: { word: "æ🌊" }, runId });
    expect(created.status, await created.clone().text()).toBe(201);
    expect(created.headers.get("location")).toBe(`/a/b/api/runs/${runId}`);
    const run = await site.ask("GET", `/a/b/api/runs/${runId}`);
    expect(await run.json()).toMatchObject({ id: runId, owner: "ann", input: { word: "æ🌊" } });
    const etag = run.headers.get("etag") ?? "";
    const acted = await site.ask("PUT", `/a/b/api/runs/${runId}`, { action: "cancel" }, { ...ours, "if-match": etag });
    expect(await acted.json()).toMatchObject({ status: "cancelled" });
    expect((await site.ask("DELETE", `/a/b/api/runs/${runId}`)).status).toBe(204);
    expect((await site.ask("GET", `/a/b/api/runs/${runId}`)).status).toBe(404);
  });

  test("the page knows its base path, with a slash at the end, without it, and on a deep link", async () => {
    for (const path of ["/a/b", "/a/b/", "/a/b?from=mail", "/a/b/runs", "/a/b/runs/some-run/items", "/a/b/compare"]) {
      const answer = await site.ask("GET", path, undefined, { ...ours, accept: "text/html" });
      expect(answer.status, path).toBe(200);
      expect(await answer.text(), path).toContain('<base href="/a/b/" />');
    }
  });

  test("an anonymous request is 401, another user's run is 404, a foreign page and a change without our header are 403", async () => {
    const runId = id("anns");
    await holdfast.start(echo, { word: "hush" }, { runId, owner: "ann" });
    expect((await site.ask("GET", "/a/b/api/runs", undefined, {})).status).toBe(401);
    expect((await site.ask("GET", `/a/b/api/runs/${runId}`, undefined, { cookie: "site_user=bob" })).status).toBe(404);
    expect((await site.ask("GET", `/a/b/api/runs/${runId}`, undefined, { cookie: "site_user=root" })).status).toBe(200);
    const act = { action: "cancel" };
    const plain = await site.ask("PUT", `/a/b/api/runs/${runId}`, act, { cookie: "site_user=ann" });
    expect(plain.status).toBe(403);
    expect(await plain.json()).toMatchObject({ code: "ORIGIN_REFUSED" });
    const origin = { ...ours, origin: "https://elsewhere.example" };
    expect((await site.ask("PUT", `/a/b/api/runs/${runId}`, act, origin)).status).toBe(403);
    expect(await holdfast.runs.summary(runId)).toMatchObject({ status: "queued" });
  });

  test("an unknown address is 404 as a problem document, an invalid request 422, and both say where", async () => {
    const missing = await site.ask("GET", "/a/b/api/nothing");
    expect([missing.status, missing.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    const misfit = await site.ask("POST", "/a/b/api/runs", { workflow: "echo", input: { word: 3 } });
    expect(await misfit.json()).toMatchObject({ code: "BAD_INPUT", errors: [{ pointer: "/input/word" }] });
    const large = await site.ask("POST", "/a/b/api/runs", { workflow: "echo", input: { word: "x".repeat(2_000_000) } });
    expect(large.status).toBe(413);
  });

  test("a run's events are streamed as they happen, and the stream ends with the run", async () => {
    const runId = id("streamed");
    const handle = await holdfast.start(echo, { word: "on" }, { runId, owner: "ann" });
    const answer = await site.ask("GET", `/a/b/api/runs/${runId}/events`, undefined, {
      ...ours,
      accept: "text/event-stream",
    });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    expect(first).toContain("retry:");
    await holdfast.work({ untilIdle: true });
    await handle.result();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      rest += new TextDecoder().decode(part.value);
    }
    expect(rest).toContain("event: run.completed");
  });

  test("a disconnected reader ends its stream: its place is free again", async () => {
    const runId = id("left");
    await holdfast.start(echo, { word: "on" }, { runId, owner: "ann" });
    for (let i = 0; i < 60; i++) {
      const answer = await site.ask("GET", `/a/b/api/runs/${runId}/events`, undefined, {
        ...ours,
        accept: "text/event-stream",
      });
      // One caller may have 50 open.
      expect(answer.status, `stream ${i}`).toBe(200);
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      await reader.cancel();
    }
  });
});

describe("a body that a parser has read already", () => {
  test("and did not keep is reported at once with the remedy, not waited for", async () => {
    const app = express();
    app.use((request, _, next) => {
      request.on("end", () => next());
      request.resume();
    });
    app.use("/a/b", toNodeHandler(handlerAt("/a/b")));
    const answer = await over(await listening(createServer(app)))("POST", "/a/b/api/runs", {
      workflow: "echo",
      input: { word: "lost" },
    });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/was read before .* request\.body/) });
  });

  test("as a form is answered with what is expected", async () => {
    const app = express();
    app.use(express.urlencoded());
    app.use("/a/b", toNodeHandler(handlerAt("/a/b")));
    const headers = { ...ours, "content-type": "application/x-www-form-urlencoded" };
    const answer = await over(await listening(createServer(app)))("POST", "/a/b/api/runs", "workflow=echo", headers);
    expect(answer.status).toBe(415);
  });
});

describe("a client of a mounted server", () => {
  test("detects that there is no socket, streams instead, and follows a run to its end", async () => {
    const app = express();
    app.use("/a/b", toNodeHandler(handlerAt("/a/b")));
    const server = createServer(app);
    // As some frameworks do: the upgrade is accepted and never answered.
    server.on("upgrade", (_, socket) => {
      socket.on("error", () => undefined);
      ends.unshift(async () => socket.destroy());
    });
    const url = await listening(server);
    const client = createHoldfastClient({
      url: `${url}/a/b/`,
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...ours } }),
    });
    ends.push(async () => client.close());
    const handle = await holdfast.start(echo, { word: "seen" }, { runId: "client-of-mounted", owner: "ann" });
    const watch = client.watchRun("client-of-mounted", { after: 0 });
    const events = collect(watch);
    await until(client.connection, ({ kind }) => kind === "streaming");
    await until(watch, ({ kind }) => kind === "ready");
    await holdfast.work({ untilIdle: true });
    await handle.result();
    const { head } = await until(watch, ({ run, last, head }) => run?.status === "completed" && last === head);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: head }, (_, i) => i + 1));
  });
});

describe("a base path", () => {
  test.each(["a/b", "/a b", "/api", "/a/../b", "https://x/a", "/session"])("%s is refused", (basePath) => {
    expect(() => createHoldfastHandler({ holdfast, basePath, authorize: () => null })).toThrow(/basePath/);
  });

  test("is accepted with a slash at its end, and a path that only shares its prefix is not handled", async () => {
    const handler = handlerAt("/a/b/");
    const statusOf = async (path: string) => (await handler(requestOf("GET", path))).status;
    expect(await statusOf("/a/b/api/workflows")).toBe(200);
    expect(await statusOf("/api/workflows")).toBe(200);
    expect(await statusOf("/a/bc/api/workflows")).toBe(404);
  });
});
