/**
 * Assembles one server's routes and rules over Fastify: headers, gate, bodies, routes, problems. `server.ts` listens and stops.
 */
import { randomBytes } from "node:crypto";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import { MediaTypeUnsupportedError, MethodNotAllowedError, RouteNotFoundError } from "@holdfast/core";
import { fastify, LogController } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { installGuard } from "./auth/guard.js";
import type { App, ServerContext } from "./context.js";
import { openApiOptions } from "./openapi.js";
import { answerError, BODY_BYTES_MAX, pathOf } from "./problems/answer.js";
import { checkJson } from "./problems/json-body.js";
import { KnownRoutes } from "./problems/methods.js";
import { clientErrorHandler } from "./problems/raw.js";
import { limitAnswers } from "./problems/time-limits.js";
import { aggregateRoutes } from "./routes/aggregates.js";
import { artifactRoutes } from "./routes/artifacts.js";
import { askRoutes } from "./routes/asks.js";
import { bulkRoutes } from "./routes/bulk.js";
import { catalogueRoutes } from "./routes/catalogue.js";
import { compareRoutes } from "./routes/compare.js";
import { dashboardRoutes } from "./routes/dashboard.js";
import { eventRoutes } from "./routes/events.js";
import { ManagementGate, managementRoutes } from "./routes/management.js";
import { pageRoutes } from "./routes/pages.js";
import { probeRoutes } from "./routes/probes.js";
import { qualifyRoutes } from "./routes/qualify.js";
import { recordRoutes } from "./routes/records.js";
import { runRoutes } from "./routes/runs.js";
import { scheduleRoutes } from "./routes/schedules.js";
import { sessionRoutes } from "./routes/session.js";
import { storageRoutes } from "./routes/storage.js";
import { uploadRoutes } from "./routes/uploads.js";

/** Longer than any path that fits into a request's head: what is too long is refused by its schema, after the gate. */
const PARAM_LENGTH_MAX = 16_384;

export interface BuiltApp {
  readonly app: App;
  readonly routes: KnownRoutes;
  /** False where the page was not built. */
  readonly hasPage: boolean;
}

/** For tests: routes of no table, and a page other than the one that is built. */
export interface AppParts {
  readonly addRoutes?: ((app: App) => void) | undefined;
  readonly pageFolder?: string | undefined;
}

export async function buildApp(
  context: ServerContext,
  logger: Logger,
  { addRoutes, pageFolder }: AppParts = {},
): Promise<BuiltApp> {
  const { arrivalMs, checkMs } = context.limits;
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `req-${randomBytes(8).toString("hex")}`,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: arrivalMs,
    http: { requestTimeout: arrivalMs, headersTimeout: arrivalMs, connectionsCheckingInterval: checkMs },
    trustProxy: context.settings.trustedProxy.length === 0 ? false : [...context.settings.trustedProxy],
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    // Before any hook could run: a path that is no URL.
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: clientErrorHandler(arrivalMs),
  }) as unknown as App;
  const routes = new KnownRoutes();
  app.addHook("onRoute", ({ url, method }) => routes.add(url, [method].flat()));
  app.setValidatorCompiler(validatorCompiler);
  // Answers are what the engine gave; parsing them once more would cost more than reading them.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
      },
    },
    referrerPolicy: { policy: "no-referrer" },
    // Whether there is TLS is the proxy's to say.
    strictTransportSecurity: false,
  });
  await app.register(rateLimit, { global: false });
  await app.register(swagger, openApiOptions(context.version, context.basePath));
  installGuard(app, context);
  limitAnswers(app, context.limits);
  installBodies(app);
  installLog(app, context);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url);
    const allowed = routes.methodsAt(path);
    if (allowed.length === 0) throw new RouteNotFoundError({ path });
    void reply.header("allow", allowed.join(", "));
    throw new MethodNotAllowedError({ method: request.method, path, allowed });
  });

  const gate = new ManagementGate();
  runRoutes(app, context);
  bulkRoutes(app, context);
  scheduleRoutes(app, context);
  askRoutes(app, context);
  recordRoutes(app, context);
  aggregateRoutes(app, context);
  compareRoutes(app, context);
  eventRoutes(app, context);
  artifactRoutes(app, context);
  uploadRoutes(app, context);
  managementRoutes(app, context, gate);
  storageRoutes(app, context, gate);
  catalogueRoutes(app, context);
  qualifyRoutes(app, context, gate);
  sessionRoutes(app, context);
  probeRoutes(app, context);
  pageRoutes(app);
  const hasPage = await dashboardRoutes(app, pageFolder, context);
  addRoutes?.(app);
  return { app, routes, hasPage };
}

/** JSON alone; under any other name only on the aliases, and only from who sends a token with each request. */
function installBodies(app: App): void {
  app.removeContentTypeParser(["text/plain", "application/json"]);
  const parse = app.getDefaultJsonParser("error", "error");
  const parseJson: typeof parse = (request, body, done) =>
    parse(request, body, (error, document) => {
      if (error !== null) return done(error);
      try {
        checkJson(String(body));
      } catch (problem) {
        return done(problem as Error);
      }
      done(null, document);
    });
  app.addContentTypeParser("application/json", { parseAs: "string" }, parseJson);
  app.addContentTypeParser("*", { parseAs: "string" }, (request, body, done) => {
    const isAllowed = request.routeOptions.config.isAlias === true && request.caller?.isSession === false;
    const mediaType = request.headers["content-type"] ?? null;
    if (isAllowed) parseJson(request, body as string, done);
    else done(new MediaTypeUnsupportedError({ mediaType }));
  });
}

function installLog(app: App, context: ServerContext): void {
  app.addHook("onRequest", async (request, reply) => {
    void reply.header("x-request-id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions, params, caller } = request;
    const route = routeOptions.url ?? "unknown";
    const status = reply.statusCode;
    const ms = reply.elapsedTime;
    const isStream = String(reply.getHeader("content-type") ?? "").startsWith("text/event-stream");
    if (!isStream) context.metrics.onRequest(route, method, status, ms);
    const { runId } = (params ?? {}) as { readonly runId?: string };
    const facts = {
      method,
      route,
      status,
      ms: Math.round(ms * 10) / 10,
      caller: caller?.id,
      runId: runId?.slice(0, 128),
    };
    // Probes and scrapes come every few seconds and say nothing.
    const isQuiet = status < 400 && (route === "/healthz" || route === "/readyz" || route === "/metrics");
    request.log[isQuiet ? "debug" : "info"](facts, "request");
  });
}
