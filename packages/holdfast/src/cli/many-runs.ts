/**
 * `pause`, `cancel`, `resume` and `delete` of all runs that a search finds (`--where`): the plan of `POST /api/bulk`, shown by
 * `--check-only`, asked about on a terminal, and carried out as it was shown.
 */
import {
  EXIT,
  formatCount,
  formatUsd,
  PlanStaleError,
  parseRunSearch,
  plural,
  type RunSearch,
  searchOfTerms,
  WrongUseError,
} from "@holdfast/core";
import type { Only } from "@holdfast/engine";
import type { BulkAction, KeptPlan } from "@holdfast/server";
import type { Args } from "./args.js";
import type { Cli } from "./cli.js";
import { wordPlan } from "./look-for-recovery.js";
import { statusColour } from "./output/colour.js";
import { renderTable } from "./output/table.js";
import { oneLine } from "./output/text.js";

/** Options of these commands that are about one run. */
const ONE_ONLY: readonly string[] = [
  ...["latest", "workflow", "through", "config", "input", "set", "on-bad-row", "accept", "budget", "plan", "detach"],
  ...["holder", "lease-ms", "heartbeat-ms", "stop-grace-ms", "max-blocked-ms", "even-if-forked"],
];
/** And those that are about many. */
const MANY_ONLY: readonly string[] = ["check-only", "plan-id"];
const REFUSALS_TOLD_MAX = 20;
const DONE: Readonly<Record<BulkAction, string>> = {
  pause: "Paused",
  cancel: "Cancelled",
  resume: "Queued",
  restart: "Restarted",
  delete: "Removed",
};

export interface ManyRuns {
  readonly action: BulkAction;
  /** Which items a resume tries again. */
  readonly only?: Only | undefined;
}

/**
 * Whether `--where` stands for the run's id. What was meant for many is never dropped: who asks to see only must not act.
 * @throws {WrongUseError} WRONG_USE — for both, for neither, and for options of many beside one run.
 */
export function isForMany(args: Args, command: string): boolean {
  const isMany = args.text("where") !== undefined;
  // `resume` knows a third way, and asks for one of the three itself.
  const isOne = args.word(0) !== "" || command === "resume";
  if (isMany && args.word(0) !== "") {
    throw new WrongUseError({ problem: "--where finds the runs: give it or <runId>, not both." });
  }
  if (isMany) return true;
  if (!isOne) throw new WrongUseError({ problem: `holdfast ${command} needs <runId>, or --where for many runs.` });
  const ofMany = command === "resume" ? [...MANY_ONLY, "reason"] : MANY_ONLY;
  const given = new Map(args.entries());
  const strange = ofMany.find((name) => given.has(name));
  if (strange === undefined) return false;
  throw new WrongUseError({ problem: `--${strange} is for --where, not for one run; nothing was done.` });
}

export async function actOnMany(cli: Cli, args: Args, { action, only }: ManyRuns): Promise<number> {
  const given = new Map(args.entries());
  const strange = ONE_ONLY.find((name) => given.has(name));
  if (strange !== undefined) throw new WrongUseError({ problem: `--${strange} is for one run, not for --where.` });
  const query = readWhere(args.text("where") ?? "", cli.nowMs());
  // Search fields are the workflows' own: the first query declares them to a store that has not seen them.
  const isByField = query.fields !== undefined || (query.not?.fields ?? []).length > 0;
  const holdfast = await cli.open(isByField || action === "resume" ? "workflows" : "store");
  const { carryOut, planBulk } = await import("@holdfast/server");
  const plan = await planBulk(holdfast, { action, only }, { kind: "query", query }, cli.nowMs());
  const planId = args.text("plan-id");
  if (planId !== undefined && planId !== plan.view.planId) throw new PlanStaleError({ runId: null });
  if (args.flag("check-only")) {
    if (cli.console.isJson) cli.console.document(plan.view);
    else show(cli, plan);
    if (plan.view.count === 0) return EXIT.done;
    if (!cli.console.isJson) cli.console.message(wordPlan(action, args, plan.view.planId));
    return EXIT.workFound;
  }
  if (!cli.console.isJson && planId === undefined && !args.flag("yes") && cli.canAsk && plan.view.count > 0) {
    show(cli, plan);
    if (!(await cli.confirm(action === "delete" ? "Remove them with all their records and files?" : "Do it?"))) {
      cli.console.message("Nothing was changed.");
      return EXIT.done;
    }
  }
  let done = 0;
  let refused = 0;
  const refusals: { runId: string; message: string }[] = [];
  await carryOut(plan.runs, {
    holdfast,
    act: plan.act,
    reason: args.text("reason"),
    isStopped: () => false,
    onRun: (runId, message) => {
      if (message === null) done++;
      else if (++refused <= REFUSALS_TOLD_MAX) refusals.push({ runId, message });
    },
  });
  if (cli.console.isJson) cli.console.document({ ...plan.view, done, refused, refusals });
  else {
    cli.console.lines([`${DONE[action]} ${plural(done, "run")}`, ...leftLines(plan)]);
    for (const { runId, message } of refusals) cli.console.message(`${runId} was left as it is: ${oneLine(message)}`);
    if (refused > refusals.length) cli.console.message(`And ${plural(refused - refusals.length, "more run")}.`);
    if (!plan.view.isWhole) cli.console.message("There are more runs: repeat the command.");
    if (action === "resume" && done > 0) cli.console.message("A worker will execute them: holdfast worker");
  }
  return refused > 0 ? EXIT.refused : EXIT.done;
}

/**
 * The grammar of `holdfast runs` and of the page's search box; `status=failed` is `status:failed`.
 * @throws {WrongUseError} WRONG_USE — for what is no search, and for nothing, which would be every run.
 */
function readWhere(text: string, nowMs: number): RunSearch {
  const terms = parseRunSearch(
    text.replace(/("[^"]*")|((?:^|\s)[-!]?[A-Za-z_][\w.]*)=/g, (_, quoted, key) => quoted ?? `${key}:`),
  );
  if (terms.length === 0) throw new WrongUseError({ problem: "--where: a search is expected, such as status=failed." });
  const { search, problem } = searchOfTerms(terms, { fields: null, nowMs });
  if (problem !== null) throw new WrongUseError({ problem: `--where: ${problem}.` });
  return search;
}

function show({ console }: Cli, plan: KeptPlan): void {
  const { colours, tableColumns: columns } = console;
  const { action, matched, count, byStatus, runs, estimate, isWhole } = plan.view;
  if (matched === 0) {
    console.lines(["No run matches"]);
    return;
  }
  const statuses = Object.entries(byStatus).map(([status, number]) => `${formatCount(number)} ${status}`);
  console.lines([
    `Would ${action} ${plural(count, "run")}${count === 0 ? "" : `: ${statuses.join(", ")}`}`,
    ...leftLines(plan),
    ...(estimate === null || estimate.runs === 0 ? [] : [wordEstimate(estimate)]),
  ]);
  if (count === 0) return;
  const titles = [{ title: "RUN" }, { title: "WORKFLOW", isElastic: true }, { title: "STATUS" }];
  const rows = runs.map(({ runId, workflow, status }) => [
    runId,
    oneLine(workflow),
    { text: status, style: statusColour(status, colours) },
  ]);
  console.lines(renderTable(titles, rows, { columns, heading: colours.dim }));
  if (count > runs.length) console.message(`And ${plural(count - runs.length, "more run")}.`);
  if (!isWhole) console.message("Only the newest were looked at.");
}

/** Runs that match and are left alone, with the reason. */
const leftLines = ({ view }: KeptPlan) =>
  view.skipped.map(
    ({ reason, count, examples }) =>
      `  left alone: ${plural(count, "run")}, ${oneLine(reason)} (${examples.join(", ")}${count > examples.length ? ", …" : ""})`,
  );

function wordEstimate({
  runs,
  items,
  calls,
  costUsd,
  maybeCharged,
}: NonNullable<KeptPlan["view"]["estimate"]>): string {
  const facts = [
    items === null ? "items unknown" : plural(items, "item"),
    calls === null ? "calls unknown" : plural(calls, "call"),
    costUsd === null ? "cost unknown" : `${formatUsd(costUsd[0] ?? 0)} to ${formatUsd(costUsd[1] ?? 0)}`,
    ...(maybeCharged === 0 ? [] : [`${plural(maybeCharged, "call")} perhaps charged before`]),
  ];
  return `  ${plural(runs, "run")} looked into: ${facts.join(", ")}`;
}
