/** The commands of the HTTP server. */
import { LOG_LEVELS } from "../../server-settings.js";
import { type CommandSpec, flag, JUDGES, LEASE, text } from "../command-spec.js";

export const SERVER_COMMANDS: readonly CommandSpec[] = [
  {
    name: "serve",
    summary: "serve the page and the HTTP API, with a worker; prints the address",
    positionals: [],
    options: [
      text("port", "N", "where it listens (default 4680; 0 takes a free one)"),
      text("host", "ADDRESS", "on which address (default 127.0.0.1; others need server.auth)"),
      flag("no-worker", "only serve; runs are executed elsewhere"),
      flag("supervise", "with --no-worker: look after runs all the same, as every worker does"),
      text("concurrency", "N", "runs at a time (default 4)"),
      text("processes", "N", "child processes that execute them (default: one a core, at most the concurrency)"),
      text(
        "log-level",
        "LEVEL",
        `what the log on standard error holds: ${LOG_LEVELS.join(", ")} (default info)`,
        LOG_LEVELS,
      ),
      ...JUDGES,
      ...LEASE,
    ],
    load: () => import("../commands/serve.js"),
  },
  {
    name: "supervise",
    summary: "look after runs and execute none: recovery, waking, retention, as every worker does",
    positionals: [],
    options: [...JUDGES],
    load: () => import("../commands/supervise.js"),
  },
  {
    name: "keys new",
    summary: "make an API key for the server",
    positionals: [],
    options: [
      text("name", "NAME", "what it is for"),
      text("user", "USER", "whose runs it sees and makes"),
      text("role", "ROLE", "viewer, operator (default) or admin", ["viewer", "operator", "admin"]),
    ],
    load: () => import("../commands/keys-new.js"),
  },
];
