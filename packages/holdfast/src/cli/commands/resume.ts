/** `resume`: go on with a run here; `--plan` only says what that would do. */
import { EXIT, RunNotFoundError, WrongUseError } from "@holdfast/core";
import type { Accept, Holdfast, How, Only, Plan } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { formatCount, oneLine } from "../output/text.js";
import { didYouMean } from "../suggest.js";
import { workHere } from "../work-here.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const how = readHow(args);
  const holdfast = await cli.open("workflows");
  const runId = await chooseRun(holdfast, args);
  if (args.flag("plan")) {
    const plan = await holdfast.plan(runId, how);
    if (cli.console.isJson) cli.console.document(plan);
    else cli.console.lines(planLines(runId, plan));
    return EXIT.done;
  }
  // What redoes recorded work may cost money: shown before, and applied only as shown.
  const isCostly = how.only !== undefined || how.accept === "redo";
  let plan: Plan | undefined;
  if (isCostly && !args.flag("yes") && cli.canAsk) {
    plan = await holdfast.plan(runId, how);
    for (const line of planLines(runId, plan)) cli.console.message(line);
    if (!(await cli.confirm("Go on?"))) {
      cli.console.message("Nothing was changed.");
      return EXIT.done;
    }
  }
  if (args.flag("detach")) {
    const handle = await holdfast.resume(runId, { ...how, plan });
    if (cli.console.isJson) cli.console.document(await handle.status());
    else cli.console.lines([`Run ${runId} queued`, "  next  holdfast worker --until-idle"]);
    return EXIT.done;
  }
  const { head } = await holdfast.runs.get(runId);
  const work = await holdfast.resumeHere(runId, { ...how, plan });
  cli.console.message(`Run ${runId}`);
  return workHere(cli, holdfast, work, head);
}

const ONLY = ["missing", "errors", "stale"] as const;

function readHow(args: Args): How {
  const only = args.text("only");
  if (only !== undefined && !(ONLY as readonly string[]).includes(only) && !/^errors:.+/.test(only)) {
    throw new WrongUseError({
      problem: `--only: "${only}" is not one of ${ONLY.join(", ")}, errors:<category>.${didYouMean(only, ONLY)}`,
    });
  }
  return {
    only: only as Only | undefined,
    through: args.text("through"),
    accept: args.oneOf<Accept>("accept", ["reuse", "redo", "missing-source"]),
  };
}

async function chooseRun(holdfast: Holdfast, args: Args): Promise<string> {
  const given = args.word(0);
  const workflow = args.text("workflow");
  if (args.flag("latest") === (given !== "")) {
    throw new WrongUseError({ problem: "holdfast resume needs either <runId> or --latest." });
  }
  if (given !== "") {
    if (workflow !== undefined)
      throw new WrongUseError({ problem: "--workflow goes with --latest, not with a run id." });
    return findRun(holdfast, given);
  }
  const { rows } = await holdfast.runs.list({ resumable: true, workflow, limit: 1 });
  const [newest] = rows;
  if (!newest)
    throw new RunNotFoundError({ runId: workflow === undefined ? "--latest" : `--latest --workflow ${workflow}` });
  return newest.id;
}

function planLines(runId: string, plan: Plan): string[] {
  const names = (stages: readonly string[]) => (stages.length === 0 ? "nothing" : stages.map(oneLine).join(", "));
  const [low, high] = plan.costUsd;
  const lines = [`Resuming ${runId} would`, `  keep   ${names(plan.keeps)}`, `  do     ${names(plan.redoes)}`];
  if (plan.itemCalls > 0) {
    const again = plan.maybeCharged > 0 ? `, ${formatCount(plan.maybeCharged)} of them maybe charged already` : "";
    lines.push(`  call   ${formatCount(plan.itemCalls)} items${again}`);
  }
  if (high > 0) lines.push(`  cost   $${low.toFixed(2)} to $${high.toFixed(2)}`);
  for (const drift of plan.drift) {
    lines.push(
      `  drift  ${drift.what}${drift.stage === undefined ? "" : ` of stage ${oneLine(drift.stage)}`} was ${oneLine(drift.was)}, is ${oneLine(drift.now)}`,
    );
  }
  return lines;
}
