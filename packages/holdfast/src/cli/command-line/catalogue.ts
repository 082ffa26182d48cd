/**
 * Every command as data: its words, options and help, and where its code is. Help, completion, suggestions and the
 * parser read this table; a command's code is imported when it is called, which keeps `holdfast --version` fast.
 */
import { RUN_EVENT_TYPES, RUN_STATUSES } from "@holdfast/core";
import type { OptionSpec } from "../args.js";
import {
  type CommandSpec,
  type CommandTable,
  flag,
  JUDGES,
  LEASE,
  list,
  REASON,
  RUN,
  respellPageUrl,
  text,
  WORKFLOW,
  word,
  YES,
} from "../command-spec.js";
import { EXPORT_FORMATS } from "../export/formats.js";
import { MANAGE_COMMANDS } from "./catalogue-manage.js";
import { SERVER_COMMANDS } from "./catalogue-server.js";

export type { CommandSpec } from "../command-spec.js";

const STAGE = text("stage", "STAGE", "only this stage");
const THROUGH = text("through", "STAGE", "pause when every stage up to this one has ended; exits with 0");

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
    load: () => import("../commands/start.js"),
  },
  {
    name: "resume",
    summary: "go on with a paused or failed run, here",
    positionals: [word("runId", RUN.about, false)],
    options: [
      flag("latest", "the newest run that can be resumed"),
      text("workflow", "W", "with --latest: of this workflow"),
      THROUGH,
      text("only", "WHAT", "items to take up: missing, errors, both, errors:<category>, stale or @<file of keys>"),
      text("config", "FILE", "a changed input (YAML or JSON): differences are told, and it is taken"),
      text("input", "FILE", "the same, laid over --config; - reads standard input"),
      list("set", "FIELD=VALUE", "change one field of the input (nested with dots)"),
      text("on-bad-row", "WHAT", "fail, or skip rows that cannot be used: the input's onBadRow", ["fail", "skip"]),
      text("accept", "DRIFT", "go on although something changed: reuse, redo, missing-source or code", [
        "reuse",
        "redo",
        "missing-source",
        "code",
      ]),
      list("budget", "STAGE=USD", "let a map spend so much in all, in place of its budget (may be repeated)"),
      flag("plan", "print what a resume would keep, call and cost, and stop"),
      flag("detach", "only queue it; a worker takes it up"),
      YES,
      ...LEASE,
    ],
    load: () => import("../commands/resume.js"),
  },
  {
    name: "runs",
    summary: "list runs, newest first",
    positionals: [
      {
        ...word(
          "query",
          'as in the page: status:failed -owner:ana country:NO started:>2d cost:>5 owner:"ana b"',
          false,
        ),
        isRepeated: true,
      },
    ],
    // What is left out begins with a dash, as options do.
    respell: (tokens) => tokens.map((token) => (/^-[A-Za-z_][\w.]*:/.test(token) ? `!${token.slice(1)}` : token)),
    options: [
      text("status", "S", `only runs that are ${RUN_STATUSES.join(", ")}`, RUN_STATUSES),
      WORKFLOW,
      text("owner", "NAME", "only runs of this owner"),
      flag("resumable", "only runs that can be resumed"),
      list("field", "NAME=VALUE", "only runs with this value in a search field, as country=NO (may be repeated)"),
      text("limit", "N", "how many (default 50, at most 500)"),
      text("cursor", "CURSOR", "the page after: `next` of the page before"),
    ],
    load: () => import("../commands/runs.js"),
  },
  {
    name: "show",
    summary: "show one run: stages, attempts, errors, health, who holds it",
    positionals: [RUN],
    options: [
      flag("verbose", "with what can be done about it, and its checkpoints", "v"),
      flag(
        "page-url",
        "print the address of its page on the server that runs, and nothing else; or --url, without a value",
      ),
    ],
    respell: respellPageUrl,
    load: () => import("../commands/show.js"),
  },
  {
    name: "open",
    summary: "open a run's page in the browser, on the server that runs",
    positionals: [word("runId", `${RUN.about}; left out: the whole page`, false)],
    options: [],
    load: () => import("../commands/open.js"),
  },
  {
    name: "watch",
    summary: "follow a run until it ends or pauses; exits with the run's code",
    positionals: [RUN],
    options: [],
    load: () => import("../commands/watch.js"),
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
    load: () => import("../commands/logs.js"),
  },
  {
    name: "pause",
    summary: "pause a run; its worker finishes what is in flight",
    positionals: [RUN],
    options: [REASON],
    load: () => import("../commands/pause.js"),
  },
  {
    name: "cancel",
    summary: "cancel a run",
    positionals: [RUN],
    options: [REASON],
    load: () => import("../commands/cancel.js"),
  },
  {
    name: "fail",
    summary: "declare a run failed",
    positionals: [RUN],
    options: [REASON],
    load: () => import("../commands/fail.js"),
  },
  {
    name: "restart",
    summary: "queue a run again from its first stage, under the same id",
    positionals: [RUN],
    options: [list("set", "FIELD=VALUE", "change one field of the input (nested with dots)"), REASON],
    load: () => import("../commands/restart.js"),
  },
  {
    name: "fork",
    summary: "a new run that keeps the stages before one, and goes on from there, here",
    positionals: [RUN],
    options: [
      text("from", "STAGE", "the first stage that runs anew"),
      text("run-id", "ID", "the new run's id (default run-<time>-<random>)"),
      list("set", "FIELD=VALUE", "change one field of the input (nested with dots)"),
      flag("detach", "only queue it; a worker takes it up"),
      ...LEASE,
    ],
    load: () => import("../commands/fork.js"),
  },
  {
    name: "delete",
    summary: "remove a run, its records and its files",
    positionals: [word("runId", "the run's whole id")],
    options: [
      YES,
      REASON,
      flag("even-if-forked", "also when runs forked from it refer to what it holds: they lose that"),
    ],
    load: () => import("../commands/delete.js"),
  },
  {
    name: "artifacts",
    summary: "list the files that a run wrote",
    positionals: [RUN],
    options: [STAGE, flag("verify", "read every file and compare it with its recorded SHA-256")],
    load: () => import("../commands/artifacts.js"),
  },
  {
    name: "export",
    summary: "write the items of a map: key, outcome, output, error, attempts, usage",
    positionals: [RUN],
    options: [
      text("stage", "STAGE", "the map; may be left out when there is one"),
      text("format", "FORMAT", "csv, jsonl or json (default by the file's ending, else jsonl)", EXPORT_FORMATS),
      text("out", "FILE", "write this file, whole or not at all, instead of standard output"),
    ],
    load: () => import("../commands/export.js"),
  },
  {
    name: "diff",
    summary: "compare the outputs and items of two runs; exits with 9 when they differ",
    positionals: [word("runA", "one run"), word("runB", "the other")],
    options: [STAGE, flag("full", "every path and line that differs, not counts alone")],
    load: () => import("../commands/diff.js"),
  },
  {
    name: "datasets",
    summary: "list the datasets read into the store",
    positionals: [],
    options: [],
    load: () => import("../commands/datasets.js"),
  },
  {
    name: "datasets ingest",
    summary: "read a file (.xlsx, .csv, .tsv, .jsonl, .parquet) into the store, once",
    positionals: [word("file", "the file")],
    options: [
      text("name", "NAME", "the dataset's name (default: the file's)"),
      text("key", "COLUMN", "the column that names a row; several joined by commas"),
      text("sheet", "NAME", "the sheet of a workbook (default: the first visible one)"),
      text("encoding", "NAME", "of a text file: windows-1252, utf-16le, …, or detect (default: UTF-8)"),
      text("on-bad-row", "WHAT", "fail (default) or skip", ["fail", "skip"]),
      text("on-change", "WHAT", "a file with other rows: take (default), as the next version, or refuse", [
        "take",
        "refuse",
      ]),
      text("reason", "TEXT", "why a changed file is taken, for the record"),
    ],
    load: () => import("../commands/datasets-ingest.js"),
  },
  {
    name: "datasets verify",
    summary: "compare a dataset with its file; exits with 8 when it differs, 6 when it is gone",
    positionals: [word("name", "the dataset")],
    options: [
      text("sheet", "NAME", "the sheet of a workbook, where it was not the first"),
      text("encoding", "NAME", "of a text file (default: what it looks like)"),
    ],
    load: () => import("../commands/datasets-verify.js"),
  },
  {
    name: "datasets delete",
    summary: "delete a dataset with its rows; refused (6) while a run that is not over reads it",
    positionals: [word("name", "the dataset")],
    options: [
      text("version", "N", "only this version (default: all)"),
      flag("check-only", "only say what would go; exits with 8"),
      YES,
      REASON,
    ],
    load: () => import("../commands/datasets-delete.js"),
  },
  {
    name: "datasets erase",
    summary:
      "erase a key for privacy, with all that is recorded of it; refused (6) while a run at work reads the dataset",
    positionals: [word("name", "the dataset"), word("key", "the key of the row", false)],
    options: [
      text("keys-from", "FILE", "keys from a file, one a line, in place of KEY"),
      flag("check-only", "only say what would go and what may still hold the key; exits with 8"),
      YES,
      REASON,
    ],
    load: () => import("../commands/datasets-erase.js"),
  },
  {
    name: "generate",
    summary: "make sample data",
    positionals: [word("what", "which; left out: what there is", false)],
    options: [text("out", "FILE", "the file to write")],
    hasGeneratorFlags: true,
    load: () => import("../commands/generate.js"),
  },
  {
    name: "locks",
    summary: "list the leases held, and by whom",
    positionals: [],
    options: [text("silent-ms", "MS", "only those whose holder gave no sign of life for so long; takes none of them")],
    load: () => import("../commands/locks.js"),
  },
  {
    name: "locks clean",
    summary: "recover runs whose lease has expired or whose holder died",
    positionals: [],
    options: [],
    load: () => import("../commands/locks-clean.js"),
  },
  {
    name: "worker",
    summary: "claim queued runs and work on them",
    positionals: [],
    options: [
      text("concurrency", "N", "runs at a time (default 4)"),
      text("processes", "N", "child processes that execute them (default: one a core, at most the concurrency)"),
      list("workflow", "W", "only this workflow (may be repeated)"),
      flag("until-idle", "stop when nothing is queued or running here"),
      flag("no-supervise", "leave recovery, timeouts and retention to other workers"),
      ...JUDGES,
      ...LEASE,
    ],
    load: () => import("../commands/worker.js"),
  },
  ...SERVER_COMMANDS,
  ...MANAGE_COMMANDS,
  {
    name: "workflows",
    summary: "list the workflows of this project",
    positionals: [],
    options: [],
    load: () => import("../commands/workflows.js"),
  },
  {
    name: "doctor",
    summary: "check the store, its folder and the configuration",
    positionals: [],
    options: LEASE,
    load: () => import("../commands/doctor.js"),
  },
  {
    name: "db migrate",
    summary: "bring the store's schema up to this version",
    positionals: [],
    options: [],
    load: () => import("../commands/db-migrate.js"),
  },
  {
    name: "db backup",
    summary: "write a consistent copy of the store while others work",
    positionals: [word("file", "the copy; must not exist")],
    options: [],
    load: () => import("../commands/db-backup.js"),
  },
  {
    name: "db compact",
    summary: "write the store anew without its free space; refused (6) while workers hold runs",
    positionals: [],
    options: [],
    load: () => import("../commands/db-compact.js"),
  },
  {
    name: "completion",
    summary: "print the completion script of a shell",
    positionals: [word("shell", "bash, zsh or fish")],
    options: [],
    load: () => import("../commands/completion.js"),
  },
  {
    name: "__complete",
    summary: "print candidates for the last of the words given",
    positionals: [],
    options: [],
    isHidden: true,
    takesRawWords: true,
    load: async () => (await import("../commands/complete.js")).completeFrom(TABLE),
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

const TABLE: CommandTable = { findCommand, visibleCommands, globalOptions: GLOBAL_OPTIONS };
