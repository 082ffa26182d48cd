/** `schedules show`: one schedule, its next five instants and its last ticks. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { scheduleLines } from "../output/schedule-lines.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const limit = args.count("limit", { min: 1, max: 1_000 });
  const { schedules } = await cli.open("store");
  const schedule = await schedules.get(args.word(0));
  const ticks = await schedules.ticks(schedule.name, { limit });
  if (cli.console.isJson) cli.console.document({ ...schedule, ticks });
  else cli.console.lines(scheduleLines(schedule, ticks, cli.nowMs()));
  return EXIT.done;
}
