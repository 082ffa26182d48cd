/** `worker`: claim queued runs and work on them until stopped, or until idle. What was taken is handed back on a stop. */
import { WORKER_DEFAULTS } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { oneLine } from "../output/text.js";
import { workUntilStopped } from "../work-until-stopped.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const wanted = args.list("workflow");
  const concurrency = args.count("concurrency", { min: 1 }) ?? WORKER_DEFAULTS.concurrency;
  const processes = args.count("processes", { min: 1, max: concurrency });
  const holdfast = await cli.open(wanted.length > 0 ? { workflows: wanted } : "workflows");
  const names = wanted.length > 0 ? wanted : holdfast.workflows.map((workflow) => workflow.name);
  cli.console.message(
    `Executing runs of ${names.map(oneLine).join(", ") || "no workflows"}, ${concurrency} at a time. Press Ctrl-C to stop.`,
  );
  const workflows = wanted.length > 0 ? wanted : undefined;
  const worker = {
    concurrency,
    processes,
    workflows,
    untilIdle: args.flag("until-idle"),
    supervise: !args.flag("no-supervise"),
  };
  const { redis } = await cli.serverSettings({});
  if (redis === undefined) return workUntilStopped(cli, holdfast, { worker });
  // Servers hear at once of what is done here, not when they look at the store.
  const { openRedisHints } = await import("@holdfast/server");
  const hints = await openRedisHints(holdfast, redis, { onTrouble: (problem) => cli.console.message(problem) });
  try {
    return await workUntilStopped(cli, holdfast, { worker });
  } finally {
    hints.close();
  }
}
