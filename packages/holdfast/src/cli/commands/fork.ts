/**
 * `fork`: a new run that keeps what was recorded before a stage and goes its own way from there; worked on here, or with
 * --detach left to a worker. The fork is made first and then claimed: a worker that is quicker works on it instead.
 */
import { EXIT } from "@holdfast/core";
import type { ForegroundRun, Holdfast } from "@holdfast/engine";
import type { Args } from "../args.js";
import { changedFields } from "../changed-fields.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { oneLine } from "../output/text.js";
import { workHere } from "../work-here.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const from = args.neededText("from", "the first stage to run again");
  const look = await cli.open("store");
  const originId = await findRun(look, args.word(0));
  const origin = await look.runs.get(originId);
  const workflow = await cli.workflow(origin.workflow);
  const holdfast = await cli.open({ workflows: [origin.workflow] });
  const set = await changedFields(holdfast, origin, workflow, args.list("set"));
  const { id } = await holdfast.runs.fork(originId, { from, runId: args.text("run-id"), set });
  const { console } = cli;
  const work = args.flag("detach") ? null : await claim(holdfast, id);
  if (work !== null) {
    console.message(`Run ${id}, forked from ${originId} at ${oneLine(from)}`);
    return workHere(cli, holdfast, work);
  }
  const view = await holdfast.runs.get(id);
  if (console.isJson) console.document(view);
  else {
    const next = view.status === "queued" ? "holdfast worker --until-idle" : `holdfast watch ${id}`;
    console.lines([`Run ${id} ${view.status}, forked from ${originId} at ${oneLine(from)}`, `  next  ${next}`]);
  }
  return EXIT.done;
}

/** Null when a worker took it in between, or is done with it already. */
async function claim(holdfast: Holdfast, runId: string): Promise<ForegroundRun | null> {
  try {
    return await holdfast.resumeHere(runId);
  } catch (thrown) {
    const { code } = thrown as { code?: unknown };
    if (code === "RUN_LOCKED" || code === "ILLEGAL_MOVE") return null;
    throw thrown;
  }
}
