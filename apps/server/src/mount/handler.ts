/**
 * The server inside somebody's own: API and page as one function from a Fetch request to its answer, below any path and with
 * that server's own sign-in. Sockets cannot live in such a function: clients fall back to the stream of events by themselves.
 */
import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import type { Holdfast, LoadComparison } from "@holdfast/engine";
import type { InjectOptions } from "fastify";
import { buildApp } from "../app.js";
import type { App } from "../context.js";
import { type LogLevel, makeLogger } from "../log.js";
import { makeContext } from "../make-context.js";
import { resolveSettings, type ServerSettings } from "../settings.js";
import { belowBase, checkBasePath } from "./base-path.js";
import { asking, type MountedCaller, MountedSite, mountedAuth } from "./mounted-auth.js";

/** A function from a request to its answer. Disposing of it ends its streams; the Holdfast stays open. */
export type FetchHandler = ((request: Request) => Promise<Response>) & AsyncDisposable;

/** Options of `createHoldfastHandler`. */
export interface HandlerOptions extends Pick<ServerSettings, "inputFolders" | "modelHosts" | "rateLimit" | "uploads"> {
  /** The Holdfast that is served. It stays its owner's to close. */
  readonly holdfast: Holdfast;
  /** Where it is mounted: "/a/b". Default: at the root. Requests may come with the path or without it. */
  readonly basePath?: string | undefined;
  /**
   * Who asks; null for nobody, who is answered 401. Called for each request but those of the page's own files. Changes need the
   * header `X-Holdfast-Request: 1` and a page of the same origin, whatever it says.
   */
  readonly authorize: (request: Request) => MountedCaller | null | Promise<MountedCaller | null>;
  /**
   * Origins of pages that may ask, besides that of the host that was asked: "https://runs.example.org", where a proxy changes
   * the host. Default: none.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** What two runs of a workflow are compared by, besides their records, by the workflow's name. Default: none. */
  readonly comparisons?: Readonly<Record<string, LoadComparison>> | undefined;
  /** JSON lines on standard error. Default "warn". */
  readonly logLevel?: LogLevel | undefined;
}

/** What a handler is made of, for `toNodeHandler`. */
export interface Mounted {
  readonly basePath: string;
  readonly app: Promise<App>;
  readonly authorize: HandlerOptions["authorize"];
}

const mounted = new WeakMap<FetchHandler, Mounted>();

/** Undefined for a function that this module did not make. */
export function findMounted(handler: FetchHandler): Mounted | undefined {
  return mounted.get(handler);
}

/**
 * Serves API and page from a Fetch handler: inside Hono, Next and the like, or through `toNodeHandler` in Express and Fastify.
 * @throws {WrongUseError} WRONG_USE — for a `basePath` that is none. @throws {ConfigInvalidError} CONFIG_INVALID
 * @example
 * ```ts
 * const handler = createHoldfastHandler({ holdfast, basePath: "/holdfast", authorize: (request) => userOf(request) });
 * app.mount("/holdfast", handler); // Hono
 * ```
 */
export function createHoldfastHandler(options: HandlerOptions): FetchHandler {
  const { holdfast, authorize, allowedOrigins = [], comparisons, logLevel = "warn" } = options;
  const { inputFolders, modelHosts, rateLimit, uploads } = options;
  const basePath = checkBasePath(options.basePath);
  const settings = resolveSettings({ inputFolders, modelHosts, rateLimit, uploads });
  const stopping = new AbortController();
  const app = open();
  // Whoever asks first hears why it could not be opened.
  app.catch(() => undefined);

  async function open(): Promise<App> {
    const logger = makeLogger(logLevel);
    const context = await makeContext(holdfast, settings, {
      nowMs: () => Date.now(),
      stopping: stopping.signal,
      comparisons,
      onTrouble: (problem) => logger.warn({ problem }, "problem outside of requests"),
    });
    const site = new MountedSite(allowedOrigins.map((origin) => origin.toLowerCase()));
    const built = await buildApp({ ...context, site, authenticator: mountedAuth, basePath }, logger);
    await built.app.ready();
    return built.app;
  }

  const handle = async (request: Request): Promise<Response> => {
    const opened = await app;
    const url = new URL(request.url);
    // As it comes: a file is never held whole, and the routes' own limits count.
    const payload = request.body === null ? undefined : Readable.fromWeb(request.body as NodeStream<Uint8Array>);
    const headers: Record<string, string> = Object.fromEntries(request.headers);
    headers.host ??= url.host;
    if (payload !== undefined && headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
    // A route that answers before it has read the body leaves the rest of it.
    payload?.on("error", () => undefined);
    return asking.run(
      () => authorize(request),
      () =>
        injected(
          opened,
          {
            method: request.method as "GET",
            url: belowBase(basePath, `${url.pathname}${url.search}`),
            headers,
            ...(payload === undefined ? {} : { payload }),
          },
          request.signal,
        ),
    );
  };
  const handler: FetchHandler = Object.assign(handle, {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await (await app).close();
    },
  });
  mounted.set(handler, { basePath, app, authorize });
  return handler;
}

/** Statuses whose answers have no body, which a Response refuses to carry. */
const BODILESS = [101, 204, 205, 304];

/** The answer, as it comes: a stream is not waited for. */
async function injected(app: App, request: InjectOptions, asked: AbortSignal): Promise<Response> {
  const answer = await app.inject({ ...request, payloadAsStream: true });
  const leave = () => endAnswer(answer);
  asked.addEventListener("abort", leave, { once: true });
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    // Of this hop, and decided anew by whoever sends the answer.
    if (value === undefined || name === "connection" || name === "keep-alive" || name === "transfer-encoding") continue;
    for (const one of [value].flat()) headers.append(name, String(one));
  }
  const stream = answer.stream();
  if (BODILESS.includes(answer.statusCode) || request.method === "HEAD") {
    stream.resume();
    return new Response(null, { status: answer.statusCode, headers });
  }
  const body = Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  return new Response(endingWith(body, leave), { status: answer.statusCode, headers });
}

/** Whoever read it is gone: for the route, its connection is closed. */
export function endAnswer(answer: { readonly raw: { readonly res: { destroy(): unknown } } }): void {
  answer.raw.res.destroy();
}

/** The same stream; a reader that leaves ends what writes it. */
function endingWith(body: ReadableStream<Uint8Array>, end: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason).catch(() => undefined);
    },
  });
}
