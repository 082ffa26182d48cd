/** A server over an opened Holdfast: it listens, and ends without cutting anybody off. It does not close the Holdfast. */
import { PortUnusableError } from "@holdfast/core";
import type { Holdfast, LoadComparison, ProcessEvent, SuperviseEvent, WorkEvent } from "@holdfast/engine";
import { buildApp } from "./app.js";
import type { ServerContext } from "./context.js";
import { sweepUploads } from "./inputs/upload-sweep.js";
import { type LogLevel, makeLogger } from "./log.js";
import { makeContext } from "./make-context.js";
import { openRealtime } from "./realtime/realtime.js";
import { openRedisHints } from "./realtime/redis-hints.js";
import { resolveSettings, type ServerSettings } from "./settings.js";

export interface ServerOptions extends ServerSettings {
  /** JSON lines on standard error. Default "info". */
  readonly logLevel?: LogLevel | undefined;
  /** What two runs of a workflow are compared by, besides their records, by the workflow's name. Default: none. */
  readonly comparisons?: Readonly<Record<string, LoadComparison>> | undefined;
  /** Told what the server's own supervisor did (`superviseHere`, or started over HTTP). Must not throw. */
  readonly onSupervise?: ((event: SuperviseEvent) => void) | undefined;
}

export interface Listening {
  /** Where it listens, without a token. */
  readonly url: string;
  /** The same with the token as a fragment, which no log and no proxy sees; null where callers bring their own. */
  readonly openUrl: string | null;
  readonly port: number;
  /** False where the page was not built: then only the API answers. */
  readonly hasPage: boolean;
}

export interface HoldfastServer {
  /** @throws {PortUnusableError} PORT_UNUSABLE — the port is taken, or may not be used. */
  readonly listen: () => Promise<Listening>;
  /** Takes nothing new, ends streams, answers what is under way; at most 10 s. May be called twice. */
  readonly close: () => Promise<void>;
  /** Starts the server's own supervisor, which HTTP can stop and start; resolves after its first scan. */
  readonly superviseHere: () => Promise<void>;
  /** Rejects when a defect ended that supervisor; never resolves. */
  readonly supervisorBroken: Promise<never>;
  /** Adds a line of text to the server's log, whatever its level. */
  readonly say: (text: string, level?: "info" | "warn") => void;
  /** For `onRun` of the worker in this process: the figures of runs come from it. */
  readonly onRun: (event: WorkEvent) => void;
  /** For its `onSupervise`. */
  readonly onSupervise: (event: SuperviseEvent) => void;
  /** For its `onProcess`: figures of child processes, and whether the worker can execute anything. */
  readonly onProcess: (event: ProcessEvent) => void;
}

/** How long answers under way may take once the server stops; a drain of a worker takes longer. */
const CLOSE_GRACE_MS = 10_000;
const SWEEP_EVERY_MS = 50;
/** Uploads are kept for days. */
const SWEEP_UPLOADS_EVERY_MS = 3_600_000;

/** @throws {ConfigInvalidError} CONFIG_INVALID — a setting cannot be meant, or it would listen unprotected. */
export async function createServer(holdfast: Holdfast, options: ServerOptions = {}): Promise<HoldfastServer> {
  const { logLevel = "info", comparisons, onSupervise, ...given } = options;
  const settings = resolveSettings(given);
  const logger = makeLogger(logLevel);
  const stopping = new AbortController();
  const context = await makeContext(holdfast, settings, {
    nowMs: () => Date.now(),
    stopping: stopping.signal,
    comparisons,
    onSupervise,
    onTrouble: (problem) => logger.warn({ problem }, "problem outside of requests"),
  });
  const { app, hasPage } = await buildApp(context, logger);
  const realtime = openRealtime(app.server, context, logger);
  const redis =
    settings.redis === undefined
      ? null
      : await openRedisHints(holdfast, settings.redis, {
          onHint: (runId, head) => context.feeds.hint(runId, head),
          onBack: () => context.feeds.hintAll(),
          onTrouble: (problem) => logger.warn({ problem }, "problem outside of requests"),
        });
  context.feeds.listenOn(redis);
  // What the command tells is told whatever level the requests are logged at.
  const words = logger.child({}, { level: "info" });

  return {
    listen: async () => {
      const { host, port } = settings;
      sweepHourly(context, (problem) => logger.warn({ err: problem }, "unused uploads could not be removed"));
      try {
        await app.listen({ host, port });
      } catch (cause) {
        throw new PortUnusableError({ host, port, problem: wordListenError(cause) }, { cause });
      }
      const address = app.server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      context.site.listenOn(bound);
      const name = host === "0.0.0.0" || host === "::" ? (settings.allowedHosts[0] ?? host) : host;
      const authority = name.includes(":") && !name.includes("]") && name === host ? `[${name}]` : name;
      const url = name === host ? `http://${authority}:${bound}` : `http://${name}`;
      const token = context.authenticator.printedToken;
      return { url, port: bound, hasPage, openUrl: token === null ? null : `${url}/#t=${token}` };
    },
    close: async () => {
      stopping.abort();
      await realtime.close();
      context.feeds.listenOn(null);
      redis?.close();
      await context.supervisor.stop();
      const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
      // A connection whose last answer ends only now is idle only now, and its client may keep it for minutes.
      const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_EVERY_MS);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
        clearInterval(sweep);
      }
    },
    superviseHere: () => context.supervisor.start(),
    supervisorBroken: context.supervisor.broken,
    say: (text, level = "info") => words[level](text),
    onRun: (event) => context.metrics.onRun(event),
    onSupervise: (event) => context.metrics.onSupervise(event),
    onProcess: (event) => context.metrics.processes.onProcess(event),
  };
}

/** Once at the start and then each hour, until the server stops. */
function sweepHourly(context: ServerContext, onTrouble: (problem: unknown) => void): void {
  const sweep = () => void sweepUploads(context).catch((problem) => context.stopping.aborted || onTrouble(problem));
  const timer = setInterval(sweep, SWEEP_UPLOADS_EVERY_MS).unref();
  context.stopping.addEventListener("abort", () => clearInterval(timer), { once: true });
  sweep();
}

function wordListenError(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return "another process is listening there";
    case "EACCES":
      return "this user may not listen there";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "this machine has no such address";
    default:
      return message ?? "the server cannot listen there";
  }
}
