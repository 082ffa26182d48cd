/** The commands of run management, as data: looking after many runs, and what was done about them. */
import { AUDIT_ACTIONS, COUNT_GROUPINGS } from "@holdfast/core";
import { type CommandSpec, flag, list, REASON, RUN, text, WORKFLOW, word, YES } from "../command-spec.js";

const FINISHED_STATUSES = ["completed", "failed", "cancelled"] as const;
const OWNER = text("owner", "NAME", "only runs of this owner");
const VERBOSE = (about: string) => flag("verbose", about, "v");
const CHECK_ONLY = flag("check-only", "only say what would be done; exits with 8 when there is something");
const PLAN_ID = text("plan-id", "ID", "do what a --check-only showed, or nothing when that has changed (6)");
const LIMITS = [
  text("timeout-minutes", "N", "judge idleness by this, in place of each workflow's idleTimeoutMs"),
  text("max-retries", "N", "and allow so many retries, in place of each workflow's maxRetries"),
];

export const MANAGE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "health",
    summary: "the health of active runs, those that are stuck first; or of one run",
    positionals: [word("runId", RUN.about, false)],
    options: [
      OWNER,
      text("limit", "N", "how many (default 100, at most 500)"),
      flag("fail-if-stuck", "exit with 8 when one of them is stuck"),
      VERBOSE("each run in full; for one run also what can be done about it, and its checkpoints"),
    ],
    load: () => import("../commands/health.js"),
  },
  {
    name: "stats",
    summary: "how many runs there are, how they went, and who supervises",
    positionals: [],
    options: [
      OWNER,
      WORKFLOW,
      text("window-hours", "N", "what counts as recent (default 24)"),
      list("by", "WHAT", `counts apart: ${COUNT_GROUPINGS.join(", ")}, or both`, COUNT_GROUPINGS),
      VERBOSE("with the settings in force and the workers"),
    ],
    load: () => import("../commands/stats.js"),
  },
  {
    name: "recover",
    summary: "decide about runs whose worker died, fell silent or idles, or that nobody took",
    positionals: [word("runId", "only this run", false)],
    options: [
      CHECK_ONLY,
      flag("reset", "first set the run's counts of recoveries and retries to 0"),
      ...LIMITS,
      PLAN_ID,
      REASON,
      VERBOSE("with every run that is left alone, and why"),
    ],
    load: () => import("../commands/recover.js"),
  },
  {
    name: "timeouts",
    summary: "decide about runs that make no progress for longer than their idle timeout",
    positionals: [],
    options: [CHECK_ONLY, ...LIMITS, PLAN_ID, REASON, VERBOSE("with every run that is left alone, and why")],
    load: () => import("../commands/timeouts.js"),
  },
  {
    name: "cleanup",
    summary: "remove finished runs over an age, with their records and files",
    positionals: [],
    options: [
      text("days", "N", "finished longer ago than this; 0 takes all (default: as the configuration's retention says)"),
      list("status", "S", `only runs that are ${FINISHED_STATUSES.join(", ")} (may be repeated)`, FINISHED_STATUSES),
      WORKFLOW,
      OWNER,
      text("keep-last", "N", "keep the newest so many of each workflow"),
      CHECK_ONLY,
      PLAN_ID,
      YES,
      REASON,
      VERBOSE("list the runs, the first 100"),
      text("out", "FILE", "write all of them to a file: .csv, else a JSON line each"),
    ],
    load: () => import("../commands/cleanup.js"),
  },
  {
    name: "audit",
    summary: "who did what, when and why; newest first",
    positionals: [word("runId", "only about this run, also after it was removed", false)],
    options: [
      text("actor", "NAME", "only acts of this user"),
      text("action", "ACTION", `only this: ${AUDIT_ACTIONS.join(", ")}`, AUDIT_ACTIONS),
      text("limit", "N", "how many (default 100, at most 1000)"),
      text("cursor", "CURSOR", "the page after: `next` of the page before"),
      VERBOSE("with the run before and after"),
    ],
    load: () => import("../commands/audit.js"),
  },
];
