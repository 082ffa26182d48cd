/** A server with sockets over a real file, workflows that write as many events as a test wants, and clients of it. */
import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientOptions, createHoldfastClient, type EventFrame, type HoldfastClient } from "@holdfast/client";
import { createServer, type HoldfastServer, type ServerOptions } from "@holdfast/server";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { z } from "zod";

/** Controls for a run's stage `talk`: it writes lines, reports progress, and ends when the test says so. */
interface Speaker {
  readonly say: (count: number, text: string) => void;
  readonly step: (done: number, total: number) => void;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}
const speakers = new Map<string, Speaker>();
const speaking = new EventTarget();

export const talks = defineWorkflow({
  name: "talks",
  input: z.object({}),
  stages: ["talk", "end"],
  run: async ({ runId, stage }) => {
    await stage("talk", ({ log, progress, signal }) => {
      return new Promise<null>((resolve, reject) => {
        let said = 0;
        const say = (count: number, text: string) => {
          for (let i = 0; i < count; i++) log(`line ${++said}${text}`);
        };
        const step = (done: number, total: number) => progress(done, total, `step ${done}`);
        speakers.set(runId, { say, step, finish: () => resolve(null), fail: reject });
        speaking.dispatchEvent(new Event(runId));
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    });
    return stage("end", () => "said");
  },
});

/** Asks a person, and takes a signal. */
export const asks = defineWorkflow({
  name: "asks",
  input: z.object({}),
  signals: { paid: z.object({ cents: z.number().int() }), nudge: z.null() },
  run: async ({ ask, waitForSignal }) => {
    const answer = await ask("publish-it", { title: "Publish?", schema: z.object({ publish: z.boolean() }) });
    const paid = await waitForSignal("paid");
    await waitForSignal("nudge");
    return `${answer?.value.publish} by ${answer?.by}, ${paid?.cents}`;
  },
});

export const SECRET = "thirty-two bytes for these tests alone";

/** How the servers of these tests know their callers. */
export const AUTH = { jwt: { issuer: "tests", audience: "holdfast", algorithm: "HS256" as const, secret: SECRET } };

export function tokenOf(user: string, role = "operator", expiresInS = 3_600): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: "tests", aud: "holdfast", sub: user, role, iat: now, exp: now + expiresInS };
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${body}.${createHmac("sha256", SECRET).update(body).digest("base64url")}`;
}

export interface World extends AsyncDisposable {
  readonly holdfast: Holdfast;
  readonly url: string;
  readonly dataDir: string;
  readonly server: HoldfastServer;
  /** A client that is closed with the world. */
  readonly client: (
    options?: Partial<ClientOptions> & { readonly user?: string; readonly role?: string },
  ) => HoldfastClient;
  /** Starts a run of `talks` and resolves when its stage has begun. */
  readonly start: (runId: string, owner?: string) => Promise<void>;
  /** Writes `count` lines, each followed by `text`. */
  readonly say: (runId: string, count: number, text?: string) => void;
  readonly step: (runId: string, done: number, total: number) => void;
  readonly finish: (runId: string) => void;
  /** Stops the server and starts another one on the same port. */
  readonly restart: () => Promise<void>;
}

/** `served` is passed to the server instead of the Holdfast. */
export async function openWorld(
  options: ServerOptions = {},
  served: (holdfast: Holdfast) => Holdfast = (holdfast) => holdfast,
): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-realtime-"));
  const holdfast = await openHoldfast({
    url: `sqlite:${join(dataDir, "holdfast.db")}`,
    dataDir,
    workflows: [talks, asks],
  });
  const worker = await holdfast.startWorker({ concurrency: 200 });
  const open = (port: number) =>
    createServer(served(holdfast), { port, logLevel: "silent", rateLimit: false, auth: AUTH, ...options });
  let server = await open(0);
  const { url, port } = await server.listen();
  const clients: HoldfastClient[] = [];
  return {
    holdfast,
    url,
    dataDir,
    get server() {
      return server;
    },
    client({ user = "ann", role = "operator", ...rest } = {}) {
      const client = createHoldfastClient({ url, token: () => tokenOf(user, role), ...rest });
      clients.push(client);
      return client;
    },
    async start(runId, owner = "ann") {
      const begun = new Promise((resolve) => speaking.addEventListener(runId, resolve, { once: true }));
      await holdfast.start(talks, {}, { runId, owner });
      await begun;
    },
    say: (runId, count, text = "") => speakers.get(runId)?.say(count, text),
    step: (runId, done, total) => speakers.get(runId)?.step(done, total),
    finish: (runId) => speakers.get(runId)?.finish(),
    async restart() {
      await server.close();
      server = await open(port);
      await server.listen();
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await server.close();
      await worker.drain({ withinMs: 0 });
      await holdfast.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Resolves once `fits` holds for a watched value. */
export function until<T>(
  live: { get(): T; subscribe(listener: () => void): () => void },
  fits: (value: T) => boolean,
  withinMs = 90_000,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(withinMs);
    const look = () => {
      const value = live.get();
      if (!fits(value)) return;
      end();
      resolve(value);
    };
    const end = live.subscribe(look);
    late.addEventListener("abort", () => {
      end();
      const { run, events, ...rest } = live.get() as { readonly run?: object; readonly events?: readonly object[] };
      reject(
        new Error(`it never came to that: ${JSON.stringify({ ...rest, events: events?.length, run }).slice(0, 600)}`),
      );
    });
    look();
  });
}

/** The events of a watch, in the order in which they arrive. */
export function collect(watch: { onEvent(listener: (event: EventFrame) => void): () => void }): EventFrame[] {
  const events: EventFrame[] = [];
  watch.onEvent((event) => events.push(event));
  return events;
}
