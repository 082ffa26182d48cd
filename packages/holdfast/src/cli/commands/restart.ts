/** `restart`: from the first stage again, under the same id, with the recorded input or some fields changed. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import { changedFields } from "../changed-fields.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const look = await cli.open("store");
  const runId = await findRun(look, args.word(0));
  const before = await look.runs.get(runId);
  const workflow = await cli.workflow(before.workflow);
  const holdfast = await cli.open({ workflows: [before.workflow] });
  const set = await changedFields(holdfast, before, workflow, args.list("set"));
  const handle = await holdfast.runs.restart(runId, { set, reason: args.text("reason") });
  const view = await handle.status();
  if (cli.console.isJson) cli.console.document(view);
  else
    cli.console.lines([
      `Run ${runId} queued again, generation ${view.generation}`,
      "  next  holdfast worker --until-idle",
    ]);
  return EXIT.done;
}
