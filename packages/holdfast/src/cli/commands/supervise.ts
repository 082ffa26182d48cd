/** `supervise`: a supervisor without a worker, until it is stopped. Runs that it queues again wait for a worker. */
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { workUntilStopped } from "../work-until-stopped.js";

export async function run(cli: Cli, _args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  return workUntilStopped(cli, holdfast, {
    worker: null,
    isSupervising: true,
    onReady: () => cli.console.message("Supervising; no runs are executed here. Press Ctrl-C to stop."),
  });
}
