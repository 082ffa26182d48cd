/** The handler for Node's own requests: Express, Fastify's raw ones, `http.createServer`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { problemOf, WrongUseError } from "@holdfast/core";
import type { App } from "../context.js";
import { belowBase } from "./base-path.js";
import { endAnswer, type FetchHandler, findMounted } from "./handler.js";
import { asking } from "./mounted-auth.js";

/** What a framework and its parsers leave on a request. */
type Parsed = IncomingMessage & { readonly originalUrl?: string | undefined; readonly body?: unknown };

/**
 * A handler of `createHoldfastHandler` as a function of Node's requests. Mounted with its path or without; in Express
 * `app.use("/a/b", toNodeHandler(handler))`. A body that a parser has read is taken from `request.body`; where it was read and
 * is not there, the answer says so at once.
 * @throws {WrongUseError} WRONG_USE — for a handler that `createHoldfastHandler` of this package did not make.
 */
export function toNodeHandler(handler: FetchHandler): (request: IncomingMessage, response: ServerResponse) => void {
  const mounted = findMounted(handler);
  if (mounted === undefined) {
    throw new WrongUseError({
      problem: "toNodeHandler needs the handler that createHoldfastHandler returned, unchanged.",
    });
  }
  const { basePath, authorize } = mounted;
  return (request: Parsed, response) => {
    const url = belowBase(basePath, request.url ?? "/");
    const serve = async () => {
      const app = await mounted.app;
      await asking.run(
        () => authorize(asFetchRequest(request)),
        async () => {
          if (!wasRead(request)) {
            request.url = url;
            app.routing(request, response);
          } else await serveParsed(app, request, response, url);
        },
      );
    };
    serve().catch((error: unknown) => fail(response, error));
  };
}

/** Somebody has read the body, or reads it now: waiting for it would never end. */
function wasRead(request: Parsed): boolean {
  const { headers } = request;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  return hasBody && (request.readableDidRead || request.readableEnded || !request.readable);
}

async function serveParsed(app: App, request: Parsed, response: ServerResponse, url: string): Promise<void> {
  const payload = bodyOf(request.body);
  if (payload === null) {
    throw new WrongUseError({
      problem:
        "The request's body was read before the Holdfast handler received it, and request.body does not have it. Mount the handler before the body parser, or leave what it parsed in request.body of Node's request",
    });
  }
  const { "transfer-encoding": _, ...headers } = request.headers;
  const answer = await app.inject({
    method: (request.method ?? "GET") as "GET",
    url,
    headers: { ...headers, "content-length": String(payload.byteLength) },
    payload,
    remoteAddress: request.socket.remoteAddress ?? "127.0.0.1",
    payloadAsStream: true,
  });
  response.once("close", () => endAnswer(answer));
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && name !== "connection" && name !== "transfer-encoding") response.setHeader(name, value);
  }
  response.writeHead(answer.statusCode);
  pipeline(answer.stream(), response, () => {});
}

/** Null where it is not there. JSON that was parsed is written anew; bytes and texts are as they came. */
function bodyOf(body: unknown): Buffer | null {
  if (body === undefined) return null;
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

function asFetchRequest(request: Parsed): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  const isTls = "encrypted" in request.socket && request.socket.encrypted === true;
  const url = new URL(
    request.originalUrl ?? request.url ?? "/",
    `http${isTls ? "s" : ""}://${headers.get("host") ?? "localhost"}`,
  );
  return new Request(url, { method: request.method ?? "GET", headers });
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = { ...problemOf(error), status: 500 };
  response.writeHead(500, { "content-type": "application/problem+json", "cache-control": "no-store" });
  response.end(JSON.stringify(problem));
}
