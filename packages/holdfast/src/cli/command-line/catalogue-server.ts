/** The commands of the HTTP server. */
import { LOG_LEVELS } from "../../server-settings.js";
import { type CommandSpec, flag, JUDGES, LEASE, text } from "../command-spec.js";

export const SERVER_COMMANDS: readonly CommandSpec[] = [
  {
    name: "serve",
    summary: "serve the page and the HTTP API, with a worker; prints the address",
    positionals: [],
    options: [
      text("port", "N", "the port to listen on (default 4680; 0 picks a free one)"),
      text("host", "ADDRESS", "the address to listen on (default 127.0.0.1; others need server.auth)"),
      flag("no-worker", "only serve; execute no runs"),
      flag("supervise", "with --no-worker: supervise runs nevertheless, as every worker does"),
      text("concurrency", "N", "number of runs at a time (default 4)"),
      text(
        "processes",
        "N",
        "number of child processes to execute them (default: one for each core, at most the concurrency)",
      ),
      text(
        "log-level",
        "LEVEL",
        `level of the log on standard error: ${LOG_LEVELS.join(", ")} (default info)`,
        LOG_LEVELS,
      ),
      ...JUDGES,
      ...LEASE,
    ],
    load: () => import("../commands/serve.js"),
  },
  {
    name: "supervise",
    summary: "supervise runs without executing any: recovery, wake-ups, retention",
    positionals: [],
    options: [...JUDGES],
    load: () => import("../commands/supervise.js"),
  },
  {
    name: "keys new",
    summary: "create an API key for the server",
    positionals: [],
    options: [
      text("name", "NAME", "what the key is for"),
      text("user", "USER", "the user whose runs the key can see and create"),
      text("role", "ROLE", "viewer, operator (default) or admin", ["viewer", "operator", "admin"]),
    ],
    load: () => import("../commands/keys-new.js"),
  },
];
