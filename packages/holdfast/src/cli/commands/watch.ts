/** `watch`: follow a run that another process works on, and end with its code. Ctrl-C ends the watching, not the run. */
import { EXIT, exitCodeOfRun } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { followRun } from "../follow.js";
import { statusColour } from "../output/colour.js";
import { oneLine } from "../output/text.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const handle = await holdfast.handle(await findRun(holdfast, args.word(0)));
  const { console } = cli;
  if (console.isJson) {
    for await (const event of handle.events({ follow: true, signal: console.gone })) console.record(event);
    return console.gone.aborted ? EXIT.done : exitCodeOfRun(await handle.status());
  }
  await followRun({ handle, console, nowMs: () => cli.nowMs() }).done;
  const view = await handle.status();
  const status = statusColour(view.status, console.colours)(view.status);
  console.lines([`Run ${view.id} ${status}${view.reason === null ? "" : ` (${oneLine(view.reason)})`}`]);
  return exitCodeOfRun(view);
}
