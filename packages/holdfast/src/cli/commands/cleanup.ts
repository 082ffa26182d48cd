/**
 * `cleanup`: finished runs over an age, removed with their records and files. On a terminal what would go is shown and
 * asked about, and then exactly that is removed.
 */
import { EXIT, formatCount, plural, type RetentionPolicy, WrongUseError } from "@holdfast/core";
import type { CleanupOptions, CleanupReport } from "@holdfast/engine";
import type { Args } from "../args.js";
import { CleanupList } from "../cleanup-list.js";
import type { Cli } from "../cli.js";
import { wordPlan } from "../look-for-recovery.js";
import { statusColour } from "../output/colour.js";
import { renderTable } from "../output/table.js";
import { formatBytes, oneLine } from "../output/text.js";
import { formatInstant } from "../output/time.js";

const LEFTOVERS_NAMED = 5;
const STATUSES = ["completed", "failed", "cancelled"] as const;

export async function run(cli: Cli, args: Args): Promise<number> {
  const terms = readTerms(args, await cli.retention());
  const isCheckOnly = args.flag("check-only");
  let planId = args.text("plan-id");
  const { management } = await cli.open("store");
  const out = args.text("out");
  // Whoever gives a plan has looked at it.
  if (!isCheckOnly && planId === undefined && !args.flag("yes") && cli.canAsk) {
    const list = out === undefined ? null : new CleanupList(cli.cwd, out);
    const check = await management.cleanup({ ...terms, checkOnly: true, onRun: list?.take });
    show(cli, args, check);
    if (list !== null) cli.console.message(await list.write());
    if (countOf(check) === 0) return EXIT.done;
    if (!(await cli.confirm("Remove them with all their records and files?"))) {
      cli.console.message("Nothing was removed.");
      return EXIT.done;
    }
    planId = check.planId;
  }
  const list = out === undefined ? null : new CleanupList(cli.cwd, out);
  const report = await management.cleanup({ ...terms, checkOnly: isCheckOnly, planId, onRun: list?.take });
  if (list !== null) cli.console.message(await list.write());
  show(cli, args, report);
  return isCheckOnly && countOf(report) > 0 ? EXIT.workFound : EXIT.done;
}

const countOf = ({ count, leftovers, datasets }: CleanupReport) => count + leftovers.count + datasets.count;

/** As the flags say; without an age as the configuration's retention says, where a flag does not say otherwise. */
function readTerms(args: Args, retention: RetentionPolicy | undefined): CleanupOptions {
  const days = args.amount("days", "days", "from 0");
  const statuses = args.someOf("status", STATUSES);
  const keepLast = args.count("keep-last", { min: 0 });
  const others = { workflow: args.text("workflow"), owner: args.text("owner"), reason: args.text("reason") };
  if (days !== undefined) return { olderThanDays: days, statuses, keepLast, ...others };
  if (retention === undefined) {
    const problem = "--days is needed: the minimum age of the runs to remove (0 means all finished runs).";
    throw new WrongUseError({
      problem: `${problem} Without it, the configuration's retention applies, and there is none.`,
    });
  }
  return {
    olderThanDays: retention.days,
    statuses: statuses ?? retention.statuses,
    keepLast: keepLast ?? retention.keepLast,
    ...others,
  };
}

function show(cli: Cli, args: Args, report: CleanupReport): void {
  const { console } = cli;
  const { count, freedBytes, byWorkflow, runs, isCheckOnly, planId } = report;
  if (console.isJson) {
    console.document(report);
    return;
  }
  const left = [...datasetLines(report), ...leftoverLines(report)];
  if (count === 0) {
    console.lines(left.length === 0 ? ["Nothing to clean up"] : left);
    if (args.flag("check-only") && countOf(report) > 0) console.message(wordPlan("cleanup", args, planId));
    return;
  }
  const what = `${plural(count, "run")} and ${formatBytes(freedBytes)} of files`;
  console.lines([
    `${isCheckOnly ? "Would remove" : "Removed"} ${what}`,
    ...Object.entries(byWorkflow).map(([workflow, counts]) => `  ${oneLine(workflow)}: ${wordCounts(counts)}`),
    ...left,
  ]);
  if (args.flag("verbose")) console.lines(runTable(cli, runs));
  if (args.flag("verbose") && count > runs.length)
    console.message(`And ${plural(count - runs.length, "more run")}. For the full list: --out=FILE.`);
  if (args.flag("check-only")) console.message(wordPlan("cleanup", args, planId));
}

/** Versions that no run needs any more. */
function datasetLines({ datasets, isCheckOnly }: CleanupReport): string[] {
  const { count, rows, versions } = datasets;
  if (count === 0) return [];
  const named = versions.slice(0, LEFTOVERS_NAMED).map(({ name, version }) => `${oneLine(name)} ${version}`);
  const names = `${named.join(", ")}${count > LEFTOVERS_NAMED ? ", …" : ""}`;
  const what = `${plural(count, "version")} of datasets that no run needs (${plural(rows, "row")}): ${names}`;
  return [`${isCheckOnly ? "Would remove" : "Removed"} ${what}`];
}

/** Folders that an earlier removal left when it was cut off. */
function leftoverLines({ leftovers, isCheckOnly }: CleanupReport): string[] {
  const { count, freedBytes, runIds } = leftovers;
  if (count === 0) return [];
  const names = `${runIds.slice(0, LEFTOVERS_NAMED).join(", ")}${count > LEFTOVERS_NAMED ? ", …" : ""}`;
  const what = `${plural(count, "folder")} of removed runs (${formatBytes(freedBytes)}): ${names}`;
  return [`${isCheckOnly ? "Would remove" : "Removed"} ${what}`];
}

function wordCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([status, number]) => `${formatCount(number)} ${status}`)
    .join(", ");
}

function runTable({ console }: Cli, runs: CleanupReport["runs"]): string[] {
  const { colours, tableColumns: columns } = console;
  const titles = [{ title: "RUN" }, { title: "WORKFLOW", isElastic: true }, { title: "STATUS" }, { title: "FINISHED" }];
  const rows = runs.map(({ runId, workflow, status, finishedAt }) => [
    runId,
    oneLine(workflow),
    { text: status, style: statusColour(status, colours) },
    `${formatInstant(finishedAt)} UTC`,
  ]);
  return renderTable(titles, rows, { columns, heading: colours.dim });
}
