/**
 * The page: its shell at every address that it knows, without a token since it holds nothing, and its assets. What it shows
 * comes from the API, which answers nobody without one.
 */
import { randomBytes } from "node:crypto";
import { RouteNotFoundError } from "@holdfast/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App, ServerContext } from "../context.js";
import { type Asset, type BuiltPage, type Mount, readBuiltPage } from "../dashboard/built-page.js";
import { pagePolicy } from "../dashboard/policy.js";
import { htmlPage } from "../pages/html.js";
import { pathOf } from "../problems/answer.js";

/** The addresses of the page, as its router has them. `/runs/*` is one run with its tab. */
export const PAGE_PATHS = [
  "/",
  "/inbox",
  "/runs",
  "/runs/*",
  "/errors",
  "/compare",
  "/start",
  "/start/*",
  "/datasets",
  "/system",
  "/system/*",
  "/settings",
] as const;

const HTML = "text/html; charset=utf-8";
/** A year: the name has the content's hash. */
const IMMUTABLE = "public, max-age=31536000, immutable";

const NOT_BUILT = htmlPage(
  "Holdfast",
  "<main><h1>Holdfast</h1><p>The page has not been built. Run <code>npm run build</code>, then restart the server.</p><p>The API works without it.</p></main>",
);

/**
 * `basePath`: where somebody else's server has mounted this one; "" where it is asked itself.
 * @returns Whether there is a page: without one its addresses say what to do.
 */
export async function dashboardRoutes(
  app: App,
  folder: string | undefined,
  { basePath, authenticator }: Pick<ServerContext, "basePath" | "authenticator">,
): Promise<boolean> {
  const page = await readBuiltPage(folder);
  const place = { basePath, isSignInOurs: authenticator.sessions !== null };
  const hidden = { schema: { hide: true } };
  for (const path of PAGE_PATHS) app.get(path, hidden, (request, reply) => sendShell(page, place, request, reply));
  for (const path of ["/assets/*", "/icons/*"])
    app.get(path, hidden, (request, reply) => sendAsset(page, request, reply));
  for (const name of ["/theme.js", "/icon.svg", "/app.webmanifest"]) {
    app.get(name, hidden, (request, reply) => sendAsset(page, request, reply));
  }
  return page !== null;
}

function sendShell(page: BuiltPage | null, place: Mount, request: FastifyRequest, reply: FastifyReply) {
  void reply.header("cache-control", "no-store").type(HTML);
  if (page === null) return reply.code(503).send(NOT_BUILT);
  const nonce = randomBytes(16).toString("base64url");
  const depth = pathOf(request.url).split("/").length - 2;
  return reply.header("content-security-policy", pagePolicy(nonce)).send(page.shell(Math.max(0, depth), nonce, place));
}

function sendAsset(page: BuiltPage | null, request: FastifyRequest, reply: FastifyReply) {
  const path = pathOf(request.url);
  const asset = page?.assets.get(path.slice(1));
  // Never the shell in its place: a page of an older version asks for what is gone, and must not get HTML as a script.
  if (asset === undefined) throw new RouteNotFoundError({ path });
  void reply
    .header("cache-control", asset.isHashed ? IMMUTABLE : "no-cache")
    .header("etag", asset.etag)
    .header("vary", "accept-encoding")
    .type(asset.type);
  if (request.headers["if-none-match"] === asset.etag) return reply.code(304).send();
  return sendBytes(asset, request, reply);
}

function sendBytes(asset: Asset, request: FastifyRequest, reply: FastifyReply) {
  const takesGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  if (asset.gzipped === null || !takesGzip) return reply.send(asset.bytes);
  return reply.header("content-encoding", "gzip").send(asset.gzipped);
}
