/** `logs`: a run's events, worded for people or one JSON line each. */
import { EXIT, RUN_EVENT_TYPES } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { renderEvent } from "../output/log-lines.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const query = {
    type: args.oneOf("type", RUN_EVENT_TYPES),
    stage: args.text("stage"),
    after: args.count("after", { min: 0 }),
    follow: args.flag("follow"),
  };
  const holdfast = await cli.open("store");
  const handle = await holdfast.handle(await findRun(holdfast, args.word(0)));
  const { console } = cli;
  for await (const event of handle.events({ ...query, signal: console.gone })) {
    if (console.isJson) console.record(event);
    else console.lines([renderEvent(event, console.colours, true)]);
    if (console.gone.aborted) break;
  }
  return EXIT.done;
}
