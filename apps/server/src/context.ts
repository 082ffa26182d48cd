/** Context shared by all parts of one server. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Holdfast, LoadComparison, UploadStore } from "@holdfast/engine";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Metrics } from "./metrics/metrics.js";
import type { Authenticates, FindsInputs, SiteRules, TimeLimits } from "./ports.js";
import type { Caller } from "./roles.js";
import type { ServerSupervisor } from "./server-supervisor.js";
import type { ResolvedSettings } from "./settings.js";
import type { RunFeeds } from "./streams/run-feed.js";

export interface ServerContext {
  readonly holdfast: Holdfast;
  readonly settings: ResolvedSettings;
  readonly inputFolders: FindsInputs;
  readonly uploads: UploadStore;
  /** What the project says about two runs of a workflow, by its name. */
  readonly comparisons: Readonly<Record<string, LoadComparison>>;
  readonly site: SiteRules;
  /** Where somebody else's server has mounted this one: "" or "/a/b". */
  readonly basePath: string;
  readonly authenticator: Authenticates;
  readonly metrics: Metrics;
  /** Runs that somebody watches. */
  readonly feeds: RunFeeds;
  readonly nowMs: () => number;
  readonly limits: TimeLimits;
  /** The server's own supervisor, whether it runs or not. */
  readonly supervisor: ServerSupervisor;
  /** Aborts when the server begins to stop: streams end, nothing new is taken. */
  readonly stopping: AbortSignal;
  readonly version: string;
}

/** A Fastify that knows our schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module "fastify" {
  interface FastifyRequest {
    /** Set by the guard; null where a route is public. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** One of the documents' paths: a Bearer caller may send JSON under any media type. */
    readonly isAlias?: boolean | undefined;
    /** It may concern many runs or items, and take minutes. */
    readonly isLong?: boolean | undefined;
    /** Its body is a file of any media type, which takes as long as it takes. */
    readonly isUpload?: boolean | undefined;
  }
}
