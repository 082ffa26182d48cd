/** `schedules pause|resume|trigger|backfill|delete`: acts on one schedule. */
import { EXIT, plural, WrongUseError } from "@holdfast/core";
import type { BackfillReport, Schedules, ScheduleView } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import type { CommandModule } from "../command-spec.js";
import { scheduleLines, wordInstantIn } from "../output/schedule-lines.js";

/** Instants of a back-fill that are listed; the rest are counted. */
const STARTS_SHOWN_MAX = 10;

export function commandOf(name: string): CommandModule {
  const run = ACTS[name];
  if (run === undefined) throw new Error(`no act on schedules is called ${name}`);
  return { run };
}

const ACTS: Readonly<Record<string, CommandModule["run"]>> = {
  pause: (cli, args) => steer(cli, args, (schedules, name, options) => schedules.pause(name, options)),
  resume: (cli, args) => steer(cli, args, (schedules, name, options) => schedules.resume(name, options)),
  trigger,
  backfill,
  delete: remove,
};

async function steer(
  cli: Cli,
  args: Args,
  act: (schedules: Schedules, name: string, options: { reason: string | undefined }) => Promise<ScheduleView>,
): Promise<number> {
  const { schedules } = await cli.open("store");
  const schedule = await act(schedules, args.word(0), { reason: args.text("reason") });
  if (cli.console.isJson) cli.console.document(schedule);
  else cli.console.lines(scheduleLines(schedule, [], cli.nowMs()));
  return EXIT.done;
}

/** With the schedule's workflow, whose input and stages its runs get. */
async function openFor(cli: Cli, name: string): Promise<Schedules> {
  const { workflow } = await (await cli.open("store")).schedules.get(name);
  return (await cli.open({ workflows: [workflow] })).schedules;
}

async function trigger(cli: Cli, args: Args): Promise<number> {
  const name = args.word(0);
  const schedules = await openFor(cli, name);
  const done = await schedules.trigger(name, { reason: args.text("reason") });
  const { console } = cli;
  if (console.isJson) console.document(done);
  else if (done.outcome === "started") {
    console.lines([`Schedule ${name} started run ${done.runId}`, `  next  holdfast watch ${done.runId}`]);
  } else console.lines([`Schedule ${name}: ${done.outcome}: ${done.reason ?? ""}`]);
  return done.outcome === "failed" ? EXIT.refused : EXIT.done;
}

async function backfill(cli: Cli, args: Args): Promise<number> {
  const name = args.word(0);
  const bounds = { from: args.instant("from") ?? missing("--from"), to: args.instant("to") ?? cli.nowMs() };
  const isCheckOnly = args.flag("check-only");
  const schedules = await openFor(cli, name);
  const { timezone } = await schedules.get(name);
  if (isCheckOnly || (!args.flag("yes") && cli.canAsk)) {
    const preview = await schedules.backfill(name, { ...bounds, checkOnly: true });
    show(cli, preview, timezone);
    if (isCheckOnly) return preview.starts.length > 0 ? EXIT.workFound : EXIT.done;
    if (preview.starts.length === 0) return EXIT.done;
    if (!(await cli.confirm(`Start ${plural(preview.starts.length, "run")}?`))) {
      cli.console.message("Nothing was started.");
      return EXIT.done;
    }
  }
  const report = await schedules.backfill(name, { ...bounds, reason: args.text("reason") });
  show(cli, report, timezone);
  return report.done.some(hasFailed) ? EXIT.refused : EXIT.done;
}

const hasFailed = ({ outcome }: BackfillReport["done"][number]) => outcome === "failed";

function show({ console }: Cli, report: BackfillReport, timezone: string | null): void {
  if (console.isJson) {
    console.document(report);
    return;
  }
  const { schedule, starts, ran, order, isCheckOnly, done } = report;
  const failed = done.filter(hasFailed);
  const count = isCheckOnly ? starts.length : starts.length - failed.length;
  const more = starts.length - STARTS_SHOWN_MAX;
  console.lines([
    `Schedule ${schedule}: ${isCheckOnly ? "would start" : "started"} ${plural(count, "run")}${count > 1 ? `, ${order}` : ""}`,
    ...starts.slice(0, STARTS_SHOWN_MAX).map((at) => `  ${wordInstantIn(at, timezone)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(ran.length > 0
      ? [`  ${plural(ran.length, "tick")} had ${ran.length === 1 ? "its run" : "their runs"} already`]
      : []),
    ...(failed.length > 0 ? [`  ${plural(failed.length, "run")} could not be created: ${failed[0]?.reason}`] : []),
  ]);
}

async function remove(cli: Cli, args: Args): Promise<number> {
  const name = args.word(0);
  const { schedules } = await cli.open("store");
  if (!args.flag("yes") && cli.canAsk) {
    const { words, activeCount } = await schedules.get(name);
    cli.console.message(`Schedule ${name} ticks ${words} and has ${plural(activeCount, "active run")}, which stay.`);
    if (!(await cli.confirm("Delete it?"))) {
      cli.console.message("Nothing was deleted.");
      return EXIT.done;
    }
  }
  await schedules.delete(name, { reason: args.text("reason") });
  if (cli.console.isJson) cli.console.document(await schedules.get(name));
  else cli.console.lines([`Deleted schedule ${name}`, `  back  holdfast schedules resume ${name}`]);
  return EXIT.done;
}

function missing(option: string): never {
  throw new WrongUseError({ problem: `${option} is missing: an instant such as 2026-11-28T18:00Z is expected.` });
}
