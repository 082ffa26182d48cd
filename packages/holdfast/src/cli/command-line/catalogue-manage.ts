/** The commands of run management, as data: managing many runs, and the audit log. */
import { AUDIT_ACTIONS, COUNT_GROUPINGS } from "@holdfast/core";
import { type CommandSpec, flag, list, REASON, RUN, text, WORKFLOW, word, YES } from "../command-spec.js";

const FINISHED_STATUSES = ["completed", "failed", "cancelled"] as const;
const OWNER = text("owner", "NAME", "only runs of this owner");
const VERBOSE = (about: string) => flag("verbose", about, "v");
const CHECK_ONLY = flag("check-only", "only show what would be done; exits with 8 if there is something to do");
const PLAN_ID = text("plan-id", "ID", "do exactly what --check-only showed, or nothing if that has changed (6)");
const LIMITS = [
  text("timeout-minutes", "N", "the idle timeout to use instead of each workflow's idleTimeoutMs"),
  text("max-retries", "N", "the number of retries to allow instead of each workflow's maxRetries"),
];

export const MANAGE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "health",
    summary: "show the health of active runs, stuck ones first; or of one run",
    positionals: [word("runId", RUN.about, false)],
    options: [
      OWNER,
      text("limit", "N", "maximum number of runs (default 100, at most 500)"),
      flag("fail-if-stuck", "exit with 8 if one of them is stuck"),
      VERBOSE("show each run in full; for a single run also recovery options and checkpoints"),
    ],
    load: () => import("../commands/health.js"),
  },
  {
    name: "stats",
    summary: "count runs and outcomes, and show the supervisors",
    positionals: [],
    options: [
      OWNER,
      WORKFLOW,
      text("tag", "TAG", "only runs with this tag"),
      text("window-hours", "N", "length of the recent window (default 24)"),
      list("by", "WHAT", `group the counts by ${COUNT_GROUPINGS.join(", ")}, or both`, COUNT_GROUPINGS),
      VERBOSE("also show the settings in force and the workers"),
    ],
    load: () => import("../commands/stats.js"),
  },
  {
    name: "recover",
    summary: "recover runs whose worker died, fell silent or idles, and runs that no worker took",
    positionals: [word("runId", "only this run", false)],
    options: [
      CHECK_ONLY,
      flag("reset", "first reset the run's recovery and retry counts to 0"),
      ...LIMITS,
      PLAN_ID,
      REASON,
      VERBOSE("also list the runs that are left alone, and why"),
    ],
    load: () => import("../commands/recover.js"),
  },
  {
    name: "timeouts",
    summary: "handle runs that have made no progress for longer than their idle timeout",
    positionals: [],
    options: [CHECK_ONLY, ...LIMITS, PLAN_ID, REASON, VERBOSE("also list the runs that are left alone, and why")],
    load: () => import("../commands/timeouts.js"),
  },
  {
    name: "cleanup",
    summary: "remove finished runs over a given age, with their records and files",
    positionals: [],
    options: [
      text(
        "days",
        "N",
        "minimum age, in days since the run finished; 0 means all (default: the configuration's retention)",
      ),
      list("status", "S", `only runs that are ${FINISHED_STATUSES.join(", ")} (may be repeated)`, FINISHED_STATUSES),
      WORKFLOW,
      OWNER,
      text("keep-last", "N", "keep the newest N runs of each workflow"),
      CHECK_ONLY,
      PLAN_ID,
      YES,
      REASON,
      VERBOSE("list the first 100 runs"),
      text("out", "FILE", "write the full list to a file: CSV for .csv, otherwise one JSON object per line"),
    ],
    load: () => import("../commands/cleanup.js"),
  },
  {
    name: "audit",
    summary: "show who did what, when and why; newest first",
    positionals: [word("runId", "only entries about this run, even if it was removed", false)],
    options: [
      text("actor", "NAME", "only actions of this user"),
      text("action", "ACTION", `only this action: ${AUDIT_ACTIONS.join(", ")}`, AUDIT_ACTIONS),
      text("limit", "N", "maximum number of entries (default 100, at most 1000)"),
      text("cursor", "CURSOR", "show the next page: `next` of the previous one"),
      VERBOSE("also show the run's state before and after"),
    ],
    load: () => import("../commands/audit.js"),
  },
];
