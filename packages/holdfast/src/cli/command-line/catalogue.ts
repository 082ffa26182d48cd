/**
 * Every command as data: words, options, help, location of its code. Help, completion, suggestions and the parser read it. The
 * code is imported when the command is called, which keeps `holdfast --version` fast.
 */
import { RUN_EVENT_TYPES, RUN_STATUSES } from "@holdfast/core";
import {
  type CommandSpec,
  type CommandTable,
  flag,
  JUDGES,
  LEASE,
  list,
  NEW_RUN,
  OF_MANY,
  REASON,
  REASON_OF_MANY,
  RUN,
  respellPageUrl,
  TAG,
  text,
  WORKFLOW,
  word,
  YES,
} from "../command-spec.js";
import { EXPORT_FORMATS } from "../export/formats.js";
import { ACT_COMMANDS } from "./catalogue-acts.js";
import { ASK_COMMANDS } from "./catalogue-asks.js";
import { MANAGE_COMMANDS } from "./catalogue-manage.js";
import { SCHEDULE_COMMANDS } from "./catalogue-schedules.js";
import { SERVER_COMMANDS } from "./catalogue-server.js";
import { GLOBAL_OPTIONS } from "./global-options.js";

export type { CommandSpec } from "../command-spec.js";
export { GLOBAL_OPTIONS };

const ACCEPTED = ["reuse", "redo", "missing-source", "code"];
const ACCEPT = text(
  "accept",
  "DRIFT",
  "continue although something changed: reuse, redo, missing-source or code",
  ACCEPTED,
);
const STAGE = text("stage", "STAGE", "only this stage");
const THROUGH = text("through", "STAGE", "pause after all stages up to this one have ended; exits with 0");

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "start",
    summary: "start a run and execute it here",
    positionals: [word("workflow", "the workflow")],
    options: [
      text("input", "FILE", "the input, as JSON or YAML; - reads standard input"),
      text("config", "FILE", "a configuration (YAML or JSON) to use as the base of the input"),
      list("set", "FIELD=VALUE", "set one field of the input (dots for nested fields)"),
      THROUGH,
      ...NEW_RUN,
      flag("detach", "only queue the run, for a worker to execute"),
      ...LEASE,
    ],
    hasInputFlags: true,
    load: () => import("../commands/start.js"),
  },
  {
    name: "resume",
    summary: "resume a paused, failed or cancelled run and execute it here",
    positionals: [word("runId", RUN.about, false)],
    options: [
      flag("latest", "resume the newest run that can be resumed"),
      text("workflow", "W", "with --latest: only runs of this workflow"),
      THROUGH,
      text("only", "WHAT", "missing, errors, both, errors:<category>, cause:<fingerprint>, stale or @<file of keys>"),
      text("config", "FILE", "a changed input (YAML or JSON); the differences are shown, and it is used"),
      text("input", "FILE", "the same, overriding --config; - reads standard input"),
      list("set", "FIELD=VALUE", "change one field of the input (dots for nested fields)"),
      text("on-bad-row", "WHAT", "fail on invalid rows, or skip them: the input's onBadRow", ["fail", "skip"]),
      ACCEPT,
      list("budget", "STAGE=USD", "the total that a map may spend, replacing its budget (may be repeated)"),
      flag("plan", "only print what a resume would keep, call and cost"),
      flag("detach", "only queue the run, for a worker to execute"),
      ...OF_MANY,
      YES,
      REASON_OF_MANY,
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
      text("parent", "RUN", "only child runs of this run"),
      flag("resumable", "only runs that can be resumed"),
      list("field", "NAME=VALUE", "only runs with this value in a search field, such as country=NO (may be repeated)"),
      TAG,
      text("limit", "N", "maximum number of runs (default 50, at most 500)"),
      text("cursor", "CURSOR", "show the next page: `next` of the previous one"),
    ],
    load: () => import("../commands/runs.js"),
  },
  {
    name: "show",
    summary: "show one run: stages, attempts, errors, health, holder",
    positionals: [RUN],
    options: [
      flag("verbose", "also show recovery options and checkpoints", "v"),
      flag(
        "page-url",
        "only print the address of the run's page on the running server; the same as --url without a value",
      ),
    ],
    respell: respellPageUrl,
    load: () => import("../commands/show.js"),
  },
  {
    name: "open",
    summary: "open a run's page in the browser, on the running server",
    positionals: [word("runId", `${RUN.about}; without it, the list of runs`, false)],
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
      flag("follow", "keep printing until the run ends or pauses"),
    ],
    load: () => import("../commands/logs.js"),
  },
  ...ACT_COMMANDS,
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
      text("stage", "STAGE", "the map; not needed if there is only one"),
      text(
        "format",
        "FORMAT",
        "csv, jsonl or json (default: by the file's extension, otherwise jsonl)",
        EXPORT_FORMATS,
      ),
      text("out", "FILE", "write to this file instead of standard output, completely or not at all"),
    ],
    load: () => import("../commands/export.js"),
  },
  {
    name: "diff",
    summary: "compare the outputs and items of two runs; exits with 9 if they differ",
    positionals: [word("runA", "one run"), word("runB", "the other")],
    options: [STAGE, flag("full", "show every path and line that differs, not only counts")],
    load: () => import("../commands/diff.js"),
  },
  {
    name: "datasets",
    summary: "list the datasets in the store",
    positionals: [],
    options: [],
    load: () => import("../commands/datasets.js"),
  },
  {
    name: "datasets ingest",
    summary: "read a file (.xlsx, .csv, .tsv, .jsonl, .parquet) into the store, once",
    positionals: [word("file", "the file")],
    options: [
      text("name", "NAME", "the dataset's name (default: the file's name)"),
      text("key", "COLUMN", "the column that identifies a row; several separated by commas"),
      text("sheet", "NAME", "the sheet of a workbook (default: the first visible one)"),
      text("encoding", "NAME", "the encoding of a text file: windows-1252, utf-16le, …, or detect (default: UTF-8)"),
      text("on-bad-row", "WHAT", "fail (default) or skip", ["fail", "skip"]),
      text(
        "on-change",
        "WHAT",
        "if the file's rows have changed: take (default) stores them as the next version, refuse does not",
        ["take", "refuse"],
      ),
      text("reason", "TEXT", "why a changed file is accepted, for the record"),
    ],
    load: () => import("../commands/datasets-ingest.js"),
  },
  {
    name: "datasets verify",
    summary: "compare a dataset with its file; exits with 8 if it differs, 6 if it is missing",
    positionals: [word("name", "the dataset")],
    options: [
      text("sheet", "NAME", "the sheet of a workbook, if it was not the first"),
      text("encoding", "NAME", "the encoding of a text file (default: detected)"),
    ],
    load: () => import("../commands/datasets-verify.js"),
  },
  {
    name: "datasets delete",
    summary: "delete a dataset with its rows; refused (6) while an unfinished run has read it",
    positionals: [word("name", "the dataset")],
    options: [
      text("version", "N", "only this version (default: all)"),
      flag("check-only", "only show what would be deleted; exits with 8"),
      YES,
      REASON,
    ],
    load: () => import("../commands/datasets-delete.js"),
  },
  {
    name: "datasets erase",
    summary:
      "erase a key and everything recorded about it, for privacy; refused (6) while an active run reads the dataset",
    positionals: [word("name", "the dataset"), word("key", "the key of the row", false)],
    options: [
      text("keys-from", "FILE", "read the keys from a file, one per line, instead of KEY"),
      flag("check-only", "only show what would be erased and what may still contain the key; exits with 8"),
      YES,
      REASON,
    ],
    load: () => import("../commands/datasets-erase.js"),
  },
  {
    name: "generate",
    summary: "generate sample data",
    positionals: [word("what", "which sample data; without it, a list of what is available", false)],
    options: [text("out", "FILE", "the file to write")],
    hasGeneratorFlags: true,
    load: () => import("../commands/generate.js"),
  },
  {
    name: "locks",
    summary: "list the current leases and their holders",
    positionals: [],
    options: [text("silent-ms", "MS", "only leases whose holder has been silent this long; does not take them over")],
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
    summary: "claim and execute queued runs",
    positionals: [],
    options: [
      text("concurrency", "N", "number of runs at a time (default 4)"),
      text(
        "processes",
        "N",
        "number of child processes to execute them (default: one for each core, at most the concurrency)",
      ),
      list("workflow", "W", "only this workflow (may be repeated)"),
      flag("until-idle", "stop when nothing is queued and nothing is running here"),
      flag("no-supervise", "leave recovery, timeouts and retention to other workers"),
      ...JUDGES,
      ...LEASE,
    ],
    load: () => import("../commands/worker.js"),
  },
  ...SERVER_COMMANDS,
  ...ASK_COMMANDS,
  ...SCHEDULE_COMMANDS,
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
    summary: "update the store's schema to this version",
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
    summary: "rewrite the store without its free space; refused (6) while workers hold runs",
    positionals: [],
    options: [],
    load: () => import("../commands/db-compact.js"),
  },
  {
    name: "db copy",
    summary: "copy the store with its live runs into a new one, also of another kind; refused (6) while workers run",
    positionals: [word("from", "address of the store"), word("to", "address of a new one")],
    options: [],
    load: () => import("../commands/db-copy.js"),
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
    summary: "print candidates for the last of the given words",
    positionals: [],
    options: [],
    isHidden: true,
    takesRawWords: true,
    load: async () => (await import("../commands/complete.js")).completeFrom(TABLE),
  },
];

export const visibleCommands = (): readonly CommandSpec[] => COMMANDS.filter((command) => command.isHidden !== true);

/** Returns the command that the words name, trying two words before one; null if there is none. */
export function findCommand(words: readonly string[]): { spec: CommandSpec; wordCount: number } | null {
  for (const wordCount of [2, 1]) {
    const name = words.slice(0, wordCount).join(" ");
    const spec = words.length >= wordCount ? COMMANDS.find((command) => command.name === name) : undefined;
    if (spec) return { spec, wordCount };
  }
  return null;
}

const TABLE: CommandTable = { findCommand, visibleCommands, globalOptions: GLOBAL_OPTIONS };
