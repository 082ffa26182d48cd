/** `fail`: a person's word that a run is no good, with the reason that its history shows. */
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { steerRun } from "../steer.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const reason = args.neededText("reason", "why the run should fail");
  return steerRun(cli, args.word(0), {
    verb: "fail",
    status: "failed",
    act: (holdfast, runId) => holdfast.runs.fail(runId, reason),
  });
}
