/** The commands that act on runs which exist, as data. `resume` stands in `catalogue.ts`. */
import {
  type CommandSpec,
  flag,
  LEASE,
  list,
  OF_MANY,
  REASON,
  RUN,
  RUN_OR_MANY,
  text,
  word,
  YES,
} from "../command-spec.js";

export const ACT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "pause",
    summary: "pause a run, or many; their workers finish work in flight",
    positionals: [RUN_OR_MANY],
    options: [...OF_MANY, YES, REASON],
    load: () => import("../commands/pause.js"),
  },
  {
    name: "cancel",
    summary: "cancel a run, or many",
    positionals: [RUN_OR_MANY],
    options: [...OF_MANY, YES, REASON],
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
    summary: "queue a run again from its first stage, under the same ID",
    positionals: [RUN],
    options: [list("set", "FIELD=VALUE", "change one field of the input (dots for nested fields)"), REASON],
    load: () => import("../commands/restart.js"),
  },
  {
    name: "fork",
    summary: "create a run that keeps the stages before one, and execute the rest here",
    positionals: [RUN],
    options: [
      text("from", "STAGE", "the first stage to run again"),
      text("run-id", "ID", "the new run's ID (default run-<time>-<random>)"),
      list("set", "FIELD=VALUE", "change one field of the input (dots for nested fields)"),
      flag("detach", "only queue the run, for a worker to execute"),
      ...LEASE,
    ],
    load: () => import("../commands/fork.js"),
  },
  {
    name: "delete",
    summary: "remove a run, or many, with their records and files",
    positionals: [word("runId", "the run's full ID; without it, --where", false)],
    options: [
      ...OF_MANY,
      YES,
      REASON,
      flag("even-if-forked", "delete it even if forks use its items and files; they lose them"),
    ],
    load: () => import("../commands/delete.js"),
  },
];
