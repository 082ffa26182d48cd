/** `timeouts`: the decision about runs that are alive and make no progress, made now. */
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { readRecoverOptions, showReport } from "../look-for-recovery.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const options = readRecoverOptions(args);
  const holdfast = await cli.open("store");
  const report = await holdfast.management.checkTimeouts(options);
  return showReport(cli, report, { command: "timeouts", args, nothing: "No run is over its timeout" });
}
