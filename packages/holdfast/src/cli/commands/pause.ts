/** `pause`. */
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { steerRun } from "../steer.js";

export function run(cli: Cli, args: Args): Promise<number> {
  const reason = args.text("reason");
  return steerRun(cli, args.word(0), {
    verb: "pause",
    status: "paused",
    act: (holdfast, runId) => holdfast.runs.pause(runId, reason),
  });
}
