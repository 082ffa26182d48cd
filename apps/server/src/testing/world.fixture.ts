/** A server of the tests: routes and rules over a real engine and a store in memory, asked without a network. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datasetFiles } from "@holdfast/dataset-files";
import {
  type ArtifactStore,
  createHoldfast,
  defineWorkflow,
  type Holdfast,
  type LoadComparison,
  type Workflow,
} from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import type { LightMyRequestResponse } from "fastify";
import { afterAll } from "vitest";
import { z } from "zod";
import { buildApp } from "../app.js";
import { newApiKey } from "../auth/api-keys.js";
import type { App, ServerContext } from "../context.js";
import { makeLogger } from "../log.js";
import { makeContext } from "../make-context.js";
import type { TimeLimits } from "../ports.js";
import type { KnownRoutes } from "../problems/methods.js";
import type { Role } from "../roles.js";
import { type ApiKey, resolveSettings, type ServerSettings } from "../settings.js";

/** Two stages, an artifact, a checkpoint, a map of three items: one of unknown price, one that fails, one with a price. */
export const brief = defineWorkflow({
  name: "brief",
  version: "1",
  input: z.object({ topic: z.string(), words: z.number().int().default(100) }),
  stages: ["gather", "items", "write"],
  search: ["topic", "words"],
  async run({ input, stage, map }) {
    await stage("gather", ({ artifact }) => artifact.write("notes/topic.html", `<script>${input.topic}</script>`));
    await map("items", [{ id: "a" }, { id: "b" }, { id: "c" }], { key: "id", maxFailed: 3 }, ({ id }, { spend }) => {
      if (id === "b") throw Object.assign(new Error("no b"), { category: "refusal" });
      const paid = id === "a" ? { usd: null, tokens: 42 } : { usd: 0.1 };
      return spend(null, async () => ({ value: { id }, ...paid }));
    });
    return stage("write", async ({ checkpoint }) => {
      await checkpoint.save({ at: "half" });
      return { text: input.topic, words: input.words };
    });
  },
});

/** Opened by a test: until then `held` stays in its stage, whatever it is asked. */
export const gate = new EventTarget();

/** Waits in its stage until the gate is opened, and obeys only then. */
export const held = defineWorkflow({
  name: "held",
  input: z.object({}),
  stages: ["wait"],
  run: ({ stage }) =>
    stage("wait", ({ signal }) => {
      return new Promise<null>((_, reject) => {
        gate.addEventListener("open", () => reject(signal.reason), { once: true });
      });
    }),
});

/** Silent for longer than its policy allows at its first attempt. */
export const silent = defineWorkflow({
  name: "silent",
  input: z.object({}),
  stages: ["begin", "wait"],
  recovery: { idleTimeoutMs: 200, idleCheckMs: 100 },
  run: async ({ stage }) => {
    await stage("begin", () => null);
    return stage("wait", ({ attempt, signal }) => {
      if (attempt > 1) return null;
      return new Promise<null>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    });
  },
});

export const leads = defineWorkflow({
  name: "lead-qualification",
  input: z.object({ lead: z.string(), prospects: z.string().meta({ format: "path" }).optional() }),
  stages: ["qualify"],
  recovery: { idleTimeoutMs: 30 * 60_000 },
  run: ({ input, stage }) => stage("qualify", () => input.lead),
});

/** Reads nothing: what counts is which paths it is given. */
export const reader = defineWorkflow({
  name: "reader",
  input: z.strictObject({
    file: z.string().trim().meta({ format: "path" }),
    more: z.array(z.union([z.number(), z.string().meta({ format: "path" })])).optional(),
    title: z.string().optional(),
  }),
  stages: ["read"],
  run: ({ input, stage }) => stage("read", () => input.file),
});

/** Calls nobody: what counts is which addresses it is given. */
export const asker = defineWorkflow({
  name: "asker",
  input: z.object({
    model: z.object({
      baseUrl: z.string().meta({ format: "endpoint" }).optional(),
      apiKeyEnv: z.string().optional(),
    }),
    // A part that no JSON Schema can describe.
    since: z.custom<string>((value) => typeof value === "string").optional(),
  }),
  stages: ["ask"],
  run: ({ stage }) => stage("ask", () => null),
});

export interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A key of `keys`; "nobody" sends none. Default admin. */
  readonly as?: string | undefined;
}

export interface World {
  readonly holdfast: Holdfast;
  readonly app: App;
  readonly routes: KnownRoutes;
  readonly context: ServerContext;
  readonly dataDir: string;
  /** By name: ann (operator), bob (operator), vic (viewer), admin. */
  readonly keys: Readonly<Record<string, string>>;
  /** Begins to stop, as `close` of a server does. */
  readonly stop: () => void;
  readonly ask: (method: string, path: string, ask?: Ask) => Promise<LightMyRequestResponse>;
  /** The document of an answer that must have this status. */
  readonly json: (status: number, method: string, path: string, ask?: Ask) => Promise<Json>;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer, asserted field by field
export type Json = any;

const USERS: Readonly<Record<string, Role>> = { ann: "operator", bob: "operator", vic: "viewer", admin: "admin" };
export const HOST = "127.0.0.1:4680";

const opened: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of opened) await close();
});

export async function openWorld(
  options: {
    /** `auth` has the keys of `USERS` besides what is given. */
    readonly settings?: ServerSettings | undefined;
    /** Without `auth`: the server's own token is the one that counts. */
    readonly isLocal?: boolean | undefined;
    readonly addRoutes?: ((app: App) => void) | undefined;
    readonly pageFolder?: string | undefined;
    readonly nowMs?: (() => number) | undefined;
    /** Beside those of this file. */
    readonly workflows?: readonly Workflow[] | undefined;
    readonly comparisons?: Readonly<Record<string, LoadComparison>> | undefined;
    readonly limits?: Partial<TimeLimits> | undefined;
    /** In place of files in the data folder. */
    readonly artifacts?: ArtifactStore | undefined;
    /** In place of the one in memory: a file that others may hold, and for how long a write waits for them. */
    readonly store?: { readonly file: string; readonly busyTimeoutMs: number } | undefined;
  } = {},
): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-server-"));
  const store = await openSqliteStore(options.store ?? { file: ":memory:" });
  const holdfast = createHoldfast({
    datasetFiles,
    store,
    dataDir,
    artifacts: options.artifacts,
    workflows: [brief, held, silent, leads, reader, asker, ...(options.workflows ?? [])],
    stageFiles: false,
  });
  const made = Object.entries(USERS).map(([user, role]) => ({ user, ...newApiKey({ name: user, user, role }) }));
  const keys = Object.fromEntries(made.map(({ user, key }) => [user, key]));
  const apiKeys: readonly ApiKey[] = made.map(({ entry }) => entry);
  const given = options.settings ?? {};
  const auth = options.isLocal ? {} : { auth: { apiKeys, ...given.auth } };
  const settings = resolveSettings({ rateLimit: false, ...given, ...auth });
  const stopping = new AbortController();
  const context = await makeContext(holdfast, settings, {
    nowMs: options.nowMs ?? (() => Date.now()),
    stopping: stopping.signal,
    onTrouble: () => undefined,
    limits: options.limits,
    comparisons: options.comparisons,
  });
  const { app, routes } = await buildApp(context, makeLogger("silent"), options);
  opened.push(async () => {
    stopping.abort();
    await app.close();
    await holdfast.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const ask = async (method: string, path: string, { body, headers = {}, as = "admin" }: Ask = {}) =>
    app.inject({
      method: method as "GET",
      url: path,
      headers: {
        host: HOST,
        ...(as === "nobody" ? {} : { authorization: `Bearer ${keys[as]}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const json = async (status: number, method: string, path: string, asked?: Ask): Promise<Json> => {
    const answer = await ask(method, path, asked);
    if (answer.statusCode !== status) throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.body}`);
    return answer.body === "" ? null : answer.json();
  };
  return { holdfast, app, routes, context, dataDir, keys, stop: () => stopping.abort(), ask, json };
}

/** The server's own token, as the file in the data folder has it. */
export const tokenOf = async (world: World): Promise<string> =>
  (await readFile(join(world.dataDir, "server-token"), "utf8")).trim();

/** What a route cannot do without. Of a comparison: the run with itself. */
function queryOf(pattern: string, runId: string): string {
  if (pattern.endsWith("/items/range")) return "?from=0&to=1";
  if (!pattern.startsWith("/api/compare")) return "";
  const of = { items: "&stage=items&change=same", artifact: "&stage=gather&name=notes/topic.html" };
  return `?a=${runId}&b=${runId}${of[pattern.split("/")[3] as keyof typeof of] ?? ""}`;
}

/** The address of a route with real values in its places. */
export const fill = (pattern: string, runId: string): string =>
  `${pattern}${queryOf(pattern, runId)}`
    .replace(":runId", runId)
    .replace(":name", "people")
    .replace(":fingerprint", "0123456789abcdef")
    .replace("*", "gather/attempt-1/notes/topic.html");

/** The dataset that `fill` names. */
export async function ingestPeople({ dataDir, holdfast }: World): Promise<void> {
  const file = join(dataDir, "people.csv");
  await writeFile(file, "id,street\nanna@example.org,Fliederweg\ncarl@example.org,elsewhere\n");
  await holdfast.datasets.ingest("people", file, { key: "id" });
}
