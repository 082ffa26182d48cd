/** `cancel`: of a run, or of many. */
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { actOnMany, isForMany } from "../many-runs.js";
import { steerRun } from "../steer.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  if (isForMany(args, "cancel")) return actOnMany(cli, args, { action: "cancel" });
  const reason = args.text("reason");
  return steerRun(cli, args.word(0), {
    verb: "cancel",
    status: "cancelled",
    act: (holdfast, runId) => holdfast.runs.cancel(runId, reason),
  });
}
