/** The commands of schedules, as data. */
import { SCHEDULE_CATCH_UPS, SCHEDULE_OVERLAPS, SCHEDULE_STATES } from "@holdfast/core";
import { type CommandSpec, flag, list, text, WORKFLOW, word, YES } from "../command-spec.js";

const NAME = word("name", "the schedule");
const WHY = text("reason", "TEXT", "the reason, for the audit log");
const act = (name: string, summary: string, options: CommandSpec["options"] = []): CommandSpec => ({
  name: `schedules ${name}`,
  summary,
  positionals: [NAME],
  options: [...options, WHY],
  load: () => import("../commands/schedules-act.js").then(({ commandOf }) => commandOf(name)),
});

export const SCHEDULE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "schedules",
    summary: "list what starts runs by the clock, with the next instants",
    positionals: [],
    options: [
      WORKFLOW,
      text("owner", "NAME", "only schedules of this owner"),
      text("state", "S", `only schedules that are ${SCHEDULE_STATES.join(", ")}`, SCHEDULE_STATES),
      text("limit", "N", "maximum number of schedules (default 100, at most 1000)"),
    ],
    load: () => import("../commands/schedules.js"),
  },
  {
    name: "schedules show",
    summary: "show one schedule: its next five instants and its last ticks",
    positionals: [NAME],
    options: [text("limit", "N", "maximum number of ticks (default 20, at most 1000)")],
    load: () => import("../commands/schedules-show.js"),
  },
  {
    name: "schedules put",
    summary: "create or change a schedule; it begins at now",
    positionals: [NAME],
    options: [
      text("workflow", "W", "the workflow of its runs"),
      text("cron", "EXPR", "five fields: minute, hour, day of month, month, weekday"),
      text("timezone", "ZONE", "the IANA time zone of --cron (default UTC)"),
      text("every", "DURATION", "a period in place of --cron, such as 90s, 15m or 6h"),
      text("input", "FILE", "the input of its runs, as JSON or YAML; - reads standard input"),
      list("set", "FIELD=VALUE", "set one field of the input (dots for nested fields)"),
      text("overlap", "WHAT", "while a run of it is active (default skip)", SCHEDULE_OVERLAPS),
      text("catch-up", "WHAT", "ticks that came while no worker ran (default last)", SCHEDULE_CATCH_UPS),
      text("jitter", "DURATION", "delay its runs by up to this long, always alike"),
      text("owner", "NAME", "the owner of its runs"),
      WHY,
    ],
    load: () => import("../commands/schedules-put.js"),
  },
  act("pause", "stop its ticks until it is resumed, whatever the code declares"),
  act("resume", "resume a paused schedule, or restore a deleted one; it begins at now"),
  act("trigger", "start a run now, as a tick would"),
  act("backfill", "start runs for ticks of the past that have none", [
    text("from", "ISO", "the first instant, such as 2026-11-28T18:00Z"),
    text("to", "ISO", "the last instant (default: now)"),
    flag("check-only", "only show what would be started; exits with 8 if there is something to start"),
    YES,
  ]),
  act("delete", "stop it for good, whatever the code declares; its runs stay", [YES]),
];
