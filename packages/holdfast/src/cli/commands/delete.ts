/** `delete`: needs the whole id, so that no prefix and no "@last" removes the wrong run; or of many. */
import { EXIT, parseRunId } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { actOnMany, isForMany } from "../many-runs.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  if (isForMany(args, "delete")) return actOnMany(cli, args, { action: "delete" });
  const runId = parseRunId(args.word(0));
  const holdfast = await cli.open("store");
  const view = await holdfast.runs.get(runId);
  if (
    !args.flag("yes") &&
    !(await cli.confirm(`Remove run ${runId} (${view.workflow}, ${view.status}) with all its records and files?`))
  ) {
    cli.console.message("Nothing was removed.");
    return EXIT.done;
  }
  await holdfast.runs.delete(runId, { reason: args.text("reason"), evenIfForked: args.flag("even-if-forked") });
  if (cli.console.isJson) cli.console.document({ runId, isDeleted: true });
  else cli.console.lines([`Run ${runId} removed`]);
  return EXIT.done;
}
