/** /session: a token for a cookie that scripts cannot read, and back. */
import { NotAuthorisedError, TooManyRequestsError } from "@holdfast/core";
import { instant, noQuery } from "@holdfast/protocol";
import { z } from "zod";
import { callerOf } from "../auth/guard.js";
import { Sessions } from "../auth/session.js";
import type { App, ServerContext } from "../context.js";
import { type Caller, ROLES } from "../roles.js";
import { answers, nothing, TAGS } from "./schemas.js";

/** Tokens that are none, from one address in a minute. */
const FAILED_TRIES_MAX = 60;

const sessionBody = z.strictObject({ token: z.string().min(1).max(8_192) });
const session = z.looseObject({
  id: z.string(),
  role: z.enum(ROLES),
  expiresAt: instant.nullable().meta({ description: "When the credential expires; null if it does not." }),
});
const asAnswered = ({ id, role, credential }: Caller) => ({ id, role, expiresAt: credential.expiresAt });

export function sessionRoutes(app: App, context: ServerContext): void {
  const { authenticator, site } = context;
  const tags = TAGS.server;
  const countFailure = app.createRateLimit({
    max: FAILED_TRIES_MAX,
    timeWindow: 60_000,
    keyGenerator: (request) => `session of ${request.ip}`,
  });

  const openSchema = {
    tags,
    operationId: "openSession",
    summary: "Exchange a token for a cookie",
    description: "The cookie is `HttpOnly`: scripts cannot read it. It expires with the token.",
    querystring: noQuery,
    body: sessionBody,
    response: answers({ 200: session }),
  };
  app.post("/session", { schema: openSchema }, async (request, reply) => {
    const caller = await authenticator.findByToken(request.body.token);
    if (caller === null) {
      const tries = await countFailure(request);
      if (!tries.isAllowed && tries.isExceeded) throw new TooManyRequestsError({ retryAfterMs: tries.ttl });
      throw new NotAuthorisedError({ reason: "no valid token" });
    }
    const issued = authenticator.sessions?.issue(caller, context.nowMs());
    if (issued === undefined) throw new NotAuthorisedError({ reason: "sessions are the mounting server's" });
    const { value, maxAgeS } = issued;
    return reply
      .header("set-cookie", cookie(value, maxAgeS, request.protocol === "https"))
      .header("cache-control", "no-store")
      .send(asAnswered(caller));
  });

  app.get(
    "/session",
    {
      schema: {
        tags,
        operationId: "getSession",
        summary: "The current caller",
        description: "The caller's id and role, and when the credential expires.",
        querystring: noQuery,
        response: answers({ 200: session }),
      },
    },
    async (request, reply) => reply.header("cache-control", "no-store").send(asAnswered(callerOf(request))),
  );

  app.delete(
    "/session",
    {
      schema: {
        tags,
        operationId: "closeSession",
        summary: "Clear the session cookie",
        description: "Needs no credential.",
        querystring: noQuery,
        response: answers({ 204: nothing("Forgotten.") }),
      },
    },
    async (request, reply) =>
      reply
        .header("set-cookie", cookie("", 0, request.protocol === "https"))
        .code(204)
        .send(),
  );

  function cookie(value: string, maxAgeS: number, isSecure: boolean): string {
    const name = Sessions.cookieName(site.port);
    return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeS}${isSecure ? "; Secure" : ""}`;
  }
}
