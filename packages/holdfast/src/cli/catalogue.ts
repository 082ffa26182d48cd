/**
 * Every command as data: its words, options and help, and where its code is. Help, completion, suggestions and the
 * parser read this table; a command's code is imported when it is called, which keeps `holdfast --version` fast.
 */
import { RUN_EVENT_TYPES, RUN_STATUSES } from "@holdfast/core";
import type { Args, OptionSpec, PositionalSpec } from "./args.js";
import type { Cli } from "./cli.js";
import type { InputForm } from "./run-input.js";

export interface CommandModule {
  /** Answers the exit code. `form` is there for commands with flags from a workflow's input. */
  run(cli: Cli, args: Args, form: InputForm | null): Promise<number>;
}

export interface CommandSpec {
  /** One word, or two ("db backup"). */
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: readonly OptionSpec[];
  /** The first positional is a workflow, whose input's fields are flags. */
  readonly hasInputFlags?: boolean | undefined;
  /** Not shown in help and completion. */
  readonly isHidden?: boolean | undefined;
  /** Left as they are, not parsed: words to complete. */
  readonly takesRawWords?: boolean | undefined;
  readonly load: () => Promise<CommandModule>;
}

const flag = (name: string, about: string, short?: string): OptionSpec => ({ name, kind: "flag", about, short });
const text = (name: string, value: string, about: string, choices?: readonly string[]): OptionSpec => ({
  name,
  kind: "text",
  value,
  about,
  choices,
});
const list = (name: string, value: string, about: string): OptionSpec => ({ name, kind: "list", value, about });
const word = (name: string, about: string, isRequired = true): PositionalSpec => ({ name, isRequired, about });

const RUN = word("runId", "the run: its id, a unique start of it, or @last");
const STAGE = text("stage", "STAGE", "only this stage");
const WORKFLOW = text("workflow", "W", "only runs of this workflow");
const THROUGH = text("through", "STAGE", "pause when every stage up to this one has ended");
const REASON = text("reason", "TEXT", "why, for the run's history");
const YES = flag("yes", "do not ask", "y");
const LEASE: readonly OptionSpec[] = [
  text("holder", "NAME", "the name of this worker"),
  text("lease-ms", "MS", "how long a lease lasts without a beat (default 300000)"),
  text("heartbeat-ms", "MS", "how often a lease is renewed (default 5000)"),
  text("stop-grace-ms", "MS", "how long a stop waits for what is in flight (default 25000)"),
  text("max-blocked-ms", "MS", "how long a stage may block the process (default 1800000)"),
];

/** Understood by every command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  text("url", "URL", "the store (default sqlite:<data dir>/holdfast.db)"),
  text("data-dir", "DIR", "where runs keep their files (default .holdfast)"),
  text("config-file", "FILE", "the project's configuration (default holdfast.config.ts, .js or .mjs here)"),
  flag("json", "machine-readable output on standard output"),
  flag("color", "colour, or --no-color"),
  flag("help", "this help", "h"),
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "start",
    summary: "start a run and work on it here",
    positionals: [word("workflow", "the workflow")],
    options: [
      text("input", "FILE", "the input as JSON or YAML; - reads standard input"),
      text("config", "FILE", "a configuration (YAML or JSON) that the input starts from"),
      list("set", "FIELD=VALUE", "one field of the input (nested with dots)"),
      text("run-id", "ID", "the run's id (default run-<time>-<random>)"),
      THROUGH,
      text("owner", "NAME", "whose run it is"),
      flag("detach", "only queue it; a worker takes it up"),
      ...LEASE,
    ],
    hasInputFlags: true,
    load: () => import("./commands/start.js"),
  },
  {
    name: "resume",
    summary: "go on with a paused or failed run, here",
    positionals: [word("runId", RUN.about, false)],
    options: [
      flag("latest", "the newest run that can be resumed"),
      text("workflow", "W", "with --latest: of this workflow"),
      THROUGH,
      text("only", "WHAT", "do again only: missing, errors, errors:<category> or stale"),
      text("accept", "DRIFT", "go on although something changed: reuse, redo or missing-source", [
        "reuse",
        "redo",
        "missing-source",
      ]),
      flag("plan", "print what a resume would do, and stop"),
      flag("detach", "only queue it; a worker takes it up"),
      YES,
      ...LEASE,
    ],
    load: () => import("./commands/resume.js"),
  },
  {
    name: "runs",
    summary: "list runs, newest first",
    positionals: [],
    options: [
      text("status", "S", `only runs that are ${RUN_STATUSES.join(", ")}`, RUN_STATUSES),
      WORKFLOW,
      text("owner", "NAME", "only runs of this owner"),
      flag("resumable", "only runs that can be resumed"),
      text("limit", "N", "how many (default 50, at most 500)"),
      text("cursor", "CURSOR", "the page after: `next` of the page before"),
    ],
    load: () => import("./commands/runs.js"),
  },
  {
    name: "show",
    summary: "show one run: stages, attempts, errors, who holds it",
    positionals: [RUN],
    options: [],
    load: () => import("./commands/show.js"),
  },
  {
    name: "watch",
    summary: "follow a run until it ends or pauses; exits with the run's code",
    positionals: [RUN],
    options: [],
    load: () => import("./commands/watch.js"),
  },
  {
    name: "logs",
    summary: "print a run's events",
    positionals: [RUN],
    options: [
      STAGE,
      text("type", "T", "only events of this type", RUN_EVENT_TYPES),
      text("after", "N", "only events after this number"),
      flag("follow", "go on until the run ends or pauses"),
    ],
    load: () => import("./commands/logs.js"),
  },
  {
    name: "pause",
    summary: "pause a run; its worker finishes what is in flight",
    positionals: [RUN],
    options: [REASON],
    load: () => import("./commands/pause.js"),
  },
  {
    name: "cancel",
    summary: "cancel a run",
    positionals: [RUN],
    options: [REASON],
    load: () => import("./commands/cancel.js"),
  },
  {
    name: "fail",
    summary: "declare a run failed",
    positionals: [RUN],
    options: [REASON],
    load: () => import("./commands/fail.js"),
  },
  {
    name: "restart",
    summary: "queue a run again from its first stage, under the same id",
    positionals: [RUN],
    options: [list("set", "FIELD=VALUE", "change one field of the input (nested with dots)")],
    load: () => import("./commands/restart.js"),
  },
  {
    name: "delete",
    summary: "remove a run, its records and its files",
    positionals: [word("runId", "the run's whole id")],
    options: [YES],
    load: () => import("./commands/delete.js"),
  },
  {
    name: "artifacts",
    summary: "list the files that a run wrote",
    positionals: [RUN],
    options: [STAGE, flag("verify", "read every file and compare it with its recorded SHA-256")],
    load: () => import("./commands/artifacts.js"),
  },
  {
    name: "diff",
    summary: "compare the outputs of two runs; exits with 9 when they differ",
    positionals: [word("runA", "one run"), word("runB", "the other")],
    options: [STAGE],
    load: () => import("./commands/diff.js"),
  },
  {
    name: "locks",
    summary: "list the leases held, and by whom",
    positionals: [],
    options: [],
    load: () => import("./commands/locks.js"),
  },
  {
    name: "locks clean",
    summary: "recover runs whose lease has expired or whose holder died",
    positionals: [],
    options: [],
    load: () => import("./commands/locks-clean.js"),
  },
  {
    name: "worker",
    summary: "claim queued runs and work on them",
    positionals: [],
    options: [
      text("concurrency", "N", "runs at a time (default 4)"),
      list("workflow", "W", "only this workflow (may be repeated)"),
      flag("until-idle", "stop when nothing is queued or running here"),
      ...LEASE,
    ],
    load: () => import("./commands/worker.js"),
  },
  {
    name: "recover",
    summary: "decide about runs whose worker died, fell silent or idles",
    positionals: [word("runId", "only this run", false)],
    options: [flag("check-only", "only say what would be done; exits with 8 when there is something")],
    load: () => import("./commands/recover.js"),
  },
  {
    name: "workflows",
    summary: "list the workflows of this project",
    positionals: [],
    options: [],
    load: () => import("./commands/workflows.js"),
  },
  {
    name: "doctor",
    summary: "check the store, its folder and the configuration",
    positionals: [],
    options: LEASE,
    load: () => import("./commands/doctor.js"),
  },
  {
    name: "db migrate",
    summary: "bring the store's schema up to this version",
    positionals: [],
    options: [],
    load: () => import("./commands/db-migrate.js"),
  },
  {
    name: "db backup",
    summary: "write a consistent copy of the store while others work",
    positionals: [word("file", "the copy; must not exist")],
    options: [],
    load: () => import("./commands/db-backup.js"),
  },
  {
    name: "completion",
    summary: "print the completion script of a shell",
    positionals: [word("shell", "bash, zsh or fish")],
    options: [],
    load: () => import("./commands/completion.js"),
  },
  {
    name: "__complete",
    summary: "print candidates for the last of the words given",
    positionals: [],
    options: [],
    isHidden: true,
    takesRawWords: true,
    load: () => import("./commands/complete.js"),
  },
];

export function visibleCommands(): readonly CommandSpec[] {
  return COMMANDS.filter((command) => command.isHidden !== true);
}

/** The command that the words name, two words before one; null when none does. */
export function findCommand(words: readonly string[]): { spec: CommandSpec; wordCount: number } | null {
  for (const wordCount of [2, 1]) {
    const name = words.slice(0, wordCount).join(" ");
    const spec = words.length >= wordCount ? COMMANDS.find((command) => command.name === name) : undefined;
    if (spec) return { spec, wordCount };
  }
  return null;
}
