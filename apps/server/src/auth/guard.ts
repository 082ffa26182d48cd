/**
 * The gate of every request. It checks, in this order: Host, Origin, the route's row in the permission table, the caller, the
 * rate limit, whether a session's request was deliberate, and the role. The request is not read any further before it has passed.
 */
import {
  ForbiddenError,
  MediaTypeUnsupportedError,
  NotAuthorisedError,
  OriginRefusedError,
  ServerStoppingError,
  TooManyRequestsError,
} from "@holdfast/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App, ServerContext } from "../context.js";
import type { Caller } from "../roles.js";
import { auditDenied } from "./audit-denied.js";
import { GRANTS, isGranted, MEANING, permissionFor } from "./permissions.js";

/** Tokens that are none, from one address in a minute: guessing 256 bits is hopeless, and still nobody shall try. */
const FAILED_TRIES_MAX = 60;
const SAFE_METHODS = ["GET", "HEAD"];

export function installGuard(app: App, context: ServerContext): void {
  const { settings, site, authenticator } = context;
  const limits = settings.rateLimit;
  const countCaller =
    limits === false
      ? null
      : app.createRateLimit({
          max: limits.max,
          timeWindow: limits.windowMs,
          keyGenerator: (request) => `caller ${request.caller?.id}`,
        });
  const countFailure = app.createRateLimit({
    max: FAILED_TRIES_MAX,
    timeWindow: 60_000,
    keyGenerator: (request) => `address ${request.ip}`,
  });
  app.decorateRequest("caller", null);

  app.addHook("onRequest", async (request, reply) => {
    const { method, headers } = request;
    const pattern = request.is404 ? null : (request.routeOptions.url ?? null);
    const permission = pattern === null ? null : permissionFor(method, pattern);
    site.check(request, permission === "public");
    const isGuest = site.isGuest(headers.origin);
    if (isGuest) letRead(reply, String(headers.origin));
    // Asked by a browser before the request itself, without a credential: nothing is told here but who may ask.
    if (isGuest && method === "OPTIONS" && headers["access-control-request-method"] !== undefined)
      return reply.code(204).send();
    if (permission === "public") return;

    const caller = await authenticator.find({
      authorization: headers.authorization,
      cookie: headers.cookie,
      port: site.port,
    });
    if (caller === null) {
      // Only who is unknown is counted and told to wait: many callers may come through one address.
      const tries = await countFailure(request);
      if (!tries.isAllowed && tries.isExceeded) throw new TooManyRequestsError({ retryAfterMs: tries.ttl });
      void reply.header("www-authenticate", 'Bearer realm="holdfast"');
      throw new NotAuthorisedError({ reason: "no valid token" });
    }
    if (isGuest && caller.isSession) throw new OriginRefusedError({ origin: String(headers.origin) });
    request.caller = caller;
    if (context.stopping.aborted) throw new ServerStoppingError({});
    const asked = countCaller === null ? null : await countCaller(request);
    if (asked !== null && !asked.isAllowed && asked.isExceeded)
      throw new TooManyRequestsError({ retryAfterMs: asked.ttl });
    if (caller.isSession && !SAFE_METHODS.includes(method)) checkMeant(request);
    // An unknown address is answered as such, and only to those who are known.
    if (pattern === null) return;
    if (permission === null || !isGranted(permission, caller.role)) await refuse(context, request, caller);
  });
}

/** What a page of an allowed origin may send and read. Cookies are not among it: browsers then keep them back. */
function letRead(reply: FastifyReply, origin: string): void {
  void reply
    .header("access-control-allow-origin", origin)
    .header("vary", "origin")
    .header("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE")
    .header(
      "access-control-allow-headers",
      "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-filename, x-holdfast-request",
    )
    .header("access-control-expose-headers", "etag, location, retry-after")
    .header("access-control-max-age", "600");
}

/**
 * A browser sends the cookie by itself. The header cannot be sent by a form, and by a script of another origin only after
 * a question that nobody here answers.
 */
function checkMeant(request: FastifyRequest): void {
  if (request.headers["x-holdfast-request"] !== "1") throw new OriginRefusedError({ origin: null });
  const mediaType = request.headers["content-type"] ?? null;
  const hasBody = request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
  // The header above is what a foreign page cannot send; a file has the media type that it has.
  if (request.routeOptions.config.isUpload === true) return;
  if (hasBody && !/^application\/json\s*(;|$)/i.test(mediaType ?? ""))
    throw new MediaTypeUnsupportedError({ mediaType });
}

/** @throws {ForbiddenError} FORBIDDEN — always. */
async function refuse(context: ServerContext, request: FastifyRequest, caller: Caller): Promise<never> {
  const permission = permissionFor(request.method, request.routeOptions.url ?? "");
  const what = permission === null ? `use ${request.method} ${request.routeOptions.url}` : MEANING[permission];
  if (!SAFE_METHODS.includes(request.method)) {
    const { runId } = (request.params ?? {}) as { runId?: unknown };
    await auditDenied(context, request, caller, typeof runId === "string" ? runId : null, `may not ${what}`);
  }
  throw new ForbiddenError({
    caller: caller.id,
    role: caller.role,
    what,
    needs: permission === null ? [] : GRANTS[permission],
  });
}

/** Who asks; the guard let nobody without a name past. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new NotAuthorisedError({ reason: "a public route asked who calls" });
  return request.caller;
}
