/**
 * What `recover` and `timeouts` share: their limits and plan from the flags, what was decided as a table, the plan to
 * apply later, the exit code.
 */
import { EXIT, plural } from "@holdfast/core";
import type { LeftRun, ManagementReport, RecoverOptions } from "@holdfast/engine";
import type { Args } from "./args.js";
import type { Cli } from "./cli.js";
import { type Cell, renderTable } from "./output/table.js";
import { oneLine } from "./output/text.js";
import { formatDuration } from "./output/time.js";

const MINUTE_MS = 60_000;

export function readRecoverOptions(args: Args): RecoverOptions {
  const minutes = args.amount("timeout-minutes", "minutes", "over 0");
  return {
    idleTimeoutMs: minutes === undefined ? undefined : minutes * MINUTE_MS,
    maxRetries: args.count("max-retries", { min: 0 }),
    checkOnly: args.flag("check-only"),
    planId: args.text("plan-id"),
    reason: args.text("reason"),
    explain: args.flag("verbose"),
  };
}

/** The command that does what a check showed: with the options of the check, since other ones make another plan. */
export function wordPlan(command: string, args: Args, planId: string): string {
  const change = { "check-only": undefined, yes: undefined, out: undefined, "plan-id": planId };
  return `To do exactly this: ${args.again(command, change)}`;
}

/** Answers the exit code. `more` goes into the document; `isMore` says that it is work to do as well. */
export function showReport(
  cli: Cli,
  report: ManagementReport,
  how: {
    /** What was typed: the hint after a check carries its options. */
    readonly command: string;
    readonly args: Args;
    readonly nothing: string;
    readonly more?: object | undefined;
    readonly isMore?: boolean | undefined;
  },
): number {
  const { console } = cli;
  const { isCheckOnly, runs, left = [], scanned, planId } = report;
  // What was decided and could not be written, since the worker came back, is not among the answers.
  const found = runs.map((one) => ({ ...one, isDone: !isCheckOnly }));
  if (console.isJson) console.document({ ...report, runs: found, ...how.more });
  else {
    if (found.length + left.length > 0) console.lines(reportTable(cli, report, left));
    if (found.length === 0) console.lines([how.nothing]);
    if (report.left !== undefined) console.message(`${plural(scanned, "run")} checked.`);
    if (isCheckOnly && found.length > 0) console.message(wordPlan(how.command, how.args, planId));
    if (!isCheckOnly && found.some((one) => one.action === "resume"))
      console.message("A worker will execute them: holdfast worker");
  }
  return isCheckOnly && (found.length > 0 || how.isMore === true) ? EXIT.workFound : EXIT.done;
}

function reportTable(cli: Cli, { runs, isCheckOnly }: ManagementReport, left: readonly LeftRun[]): string[] {
  const { colours, tableColumns } = cli.console;
  const columns = [
    { title: "RUN" },
    { title: "WORKFLOW", isElastic: true },
    { title: "HOLDER", isElastic: true },
    { title: isCheckOnly ? "WOULD" : "DID" },
    { title: "BECAUSE" },
  ];
  const row = (runId: string, workflow: string, holder: string | null, action: Cell, reason: string) => [
    runId,
    oneLine(workflow),
    oneLine(holder ?? "nobody"),
    action,
    oneLine(reason),
  ];
  const rows = [
    ...runs.map((one) => row(one.runId, one.workflow, one.holder, one.action, one.reason)),
    ...left.map((one) =>
      row(one.runId, one.workflow, one.holder, { text: "nothing", style: colours.dim }, wordLeft(one)),
    ),
  ];
  return renderTable(columns, rows, { columns: tableColumns, heading: colours.dim });
}

function wordLeft({ reason, idleForMs, idleTimeoutMs }: LeftRun): string {
  const limit = idleTimeoutMs === null ? "no idle timeout" : `times out after ${formatDuration(idleTimeoutMs)}`;
  return `${reason}; idle for ${formatDuration(idleForMs)}, ${limit}`;
}
